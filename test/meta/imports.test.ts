// Who may import whom (ARCHITECTURE.md). The mistake it prevents: one convenient import, and the core knows a clock, a
// store knows the rotation rule, or a user of the memory store has to install Express. The rules are tried on planted
// sources first, so that a rule that never fires is noticed.

import { describe, expect, test } from 'vitest'
import { cyclesIn, importsOf, type Import } from './imports.ts'
import { manifestOf, sourcesUnder } from './sources.ts'

const library = 'packages/latchkey/src'
const server = 'packages/latchkey-server/src'
const publicSubpaths = Object.keys(manifestOf('latchkey').exports).map((subpath) => `latchkey${subpath.slice(1)}`)
const serverDependencies = Object.keys(manifestOf('latchkey-server').dependencies).filter((name) => name !== 'latchkey')

const isNode = ({ target }: Import): boolean => target.startsWith('node:')
const isOneOf =
  (...targets: readonly string[]) =>
  ({ target }: Import): boolean =>
    targets.includes(target)
const isUnder =
  (folder: string) =>
  ({ target }: Import): boolean =>
    target.startsWith(`${folder}/`)
const coreFiles = (...names: readonly string[]) => isOneOf(...names.map((name) => `${library}/core/${name}.ts`))
const isType =
  (allowed: (each: Import) => boolean) =>
  (each: Import): boolean =>
    each.typeOnly && allowed(each)

interface Rule {
  readonly name: string
  /** Which files it is about. */
  readonly files: (path: string) => boolean
  /** One of these must hold for every import. */
  readonly allows: readonly ((each: Import) => boolean)[]
}

const inFolder =
  (folder: string) =>
  (path: string): boolean =>
    path.startsWith(`${folder}/`)

const client = `${library}/client`
const adapters = `${client}/adapters`
const storeFolders = ['memory', 'sqlite', 'postgres', 'redis'].map((name) => `${library}/stores/${name}`)
/** What a store may load where it is given a URL: the client packages of the engines. */
const clients = ['pg', '@redis/client']
const contracts = ['store', 'ports', 'session'].map((name) => `${library}/core/${name}.ts`)

const rules: readonly Rule[] = [
  {
    name: 'I1 core imports nothing outside core but node:crypto and jose',
    files: inFolder(`${library}/core`),
    allows: [isUnder(`${library}/core`), isOneOf('node:crypto', 'jose', 'jose/errors', 'jose/jwt/verify')],
  },
  ...storeFolders.map((folder) => ({
    name: `I5 the ${folder.slice(folder.lastIndexOf('/') + 1)} store imports the core's store, session and errors, and neither the rule nor another store`,
    files: (path: string) => path === `${folder}.ts` || path.startsWith(`${folder}/`),
    allows: [isUnder(folder), isNode, coreFiles('store', 'session', 'errors'), isOneOf(...clients)],
  })),
  {
    name: 'express imports the public index, its own folder, node, jose, the limiter, and Express as types only',
    files: inFolder(`${library}/express`),
    allows: [
      isUnder(`${library}/express`),
      isOneOf(`${library}/index.ts`),
      isNode,
      ({ target }) => /^(jose|rate-limiter-flexible)(\/|$)/.test(target),
      isType(isOneOf('express')),
    ],
  },
  {
    name: 'testing imports the types of the core, its errors and sessions, and node:assert',
    files: inFolder(`${library}/testing`),
    allows: [
      isUnder(`${library}/testing`),
      isType(isUnder(`${library}/core`)),
      coreFiles('errors', 'session'),
      isOneOf('node:assert', 'node:assert/strict'),
    ],
  },
  {
    name: 'the index reads as a table of contents: core, keys and the system, neither Express nor a store',
    files: (path) => new RegExp(`^${library}/[\\w-]+\\.ts$`).test(path),
    allows: [
      isUnder(`${library}/core`),
      isOneOf(...['system', 'generate-keys', 'owned-file'].map((name) => `${library}/${name}.ts`)),
      isNode,
      isType(isOneOf('jose')),
    ],
  },
  {
    name: 'kept keys import the core, the makers and readers of keys, and node',
    files: inFolder(`${library}/kept-keys`),
    allows: [
      isUnder(`${library}/kept-keys`),
      isUnder(`${library}/core`),
      isOneOf(...['generate-keys', 'key-file'].map((name) => `${library}/${name}.ts`)),
      isNode,
    ],
  },
  {
    name: 'the client imports its own folder and nothing else, and its core no adapter',
    files: (path) => path.startsWith(`${client}/`) && !path.startsWith(`${adapters}/`),
    allows: [(each) => isUnder(client)(each) && !isUnder(adapters)(each)],
  },
  {
    name: 'adapters import the client, axios and ky as types only, and react',
    files: inFolder(adapters),
    allows: [isUnder(client), isType(isOneOf('axios', 'ky')), isOneOf('react')],
  },
  {
    name: "what is for the client in Node imports the client's types, what keeps secrets in files, and node",
    files: inFolder(`${library}/client-node`),
    allows: [
      isUnder(`${library}/client-node`),
      isType(isOneOf('latchkey/client')),
      isOneOf(`${library}/owned-file.ts`),
      isNode,
    ],
  },
  {
    name: 'a contract never imports an implementation',
    files: (path) => contracts.includes(path),
    allows: [isType(isOneOf(...contracts))],
  },
  {
    name: 'the server imports the public subpaths of latchkey, as any user would',
    files: (path) => path.startsWith(`${server}/`) && !path.startsWith(`${server}/page/`),
    allows: [
      (each) => isUnder(server)(each) && !isUnder(`${server}/page`)(each),
      isOneOf(...publicSubpaths, ...serverDependencies),
      isNode,
    ],
  },
  {
    name: 'the page imports its own folder and nothing else',
    files: inFolder(`${server}/page`),
    allows: [isUnder(`${server}/page`)],
  },
]

const trespasses = ({ allows }: Rule, path: string, source: string): string[] =>
  importsOf(path, source)
    .filter((each) => !allows.some((allowed) => allowed(each)))
    .map(({ line, target }) => `${path}:${line} imports ${target}`)

const sources = sourcesUnder(library, server)

describe('imports', () => {
  for (const rule of rules) {
    test(rule.name, () => {
      const found = [...sources].filter(([path]) => rule.files(path))
      expect(found.length, 'the rule must be about some file').toBeGreaterThan(0)
      expect(found.flatMap(([path, source]) => trespasses(rule, path, source))).toEqual([])
    })
  }

  test('every file of the library and the server falls under a rule', () => {
    expect([...sources.keys()].filter((path) => !rules.some(({ files }) => files(path)))).toEqual([])
  })

  test('nothing in the library imports the server', () => {
    const ofLibrary = [...sources].filter(([path]) => path.startsWith(library))
    const targets = ofLibrary.flatMap(([path, source]) => importsOf(path, source).map(({ target }) => target))
    expect(targets.filter((target) => target.includes('latchkey-server') || target.startsWith(server))).toEqual([])
  })

  test('no module imports itself by way of others', () => {
    expect(cyclesIn(sources)).toEqual([])
  })

  test('every relative import names a file that is there', () => {
    const relative = [...sources].flatMap(([path, source]) =>
      importsOf(path, source)
        .filter(({ target }) => target.startsWith('packages/') && !sources.has(target))
        .map(({ target }) => `${path} imports ${target}`),
    )
    expect(relative).toEqual([])
  })
})

describe('the scanner of imports', () => {
  const planted: readonly (readonly [string, string, string])[] = [
    ['core', "import { readFile } from 'node:fs/promises'", 'node:fs/promises'],
    ['core', "import {\n  type Store,\n  memoryStore,\n} from '../stores/memory.ts'", 'stores/memory.ts'],
    ['core', "export * from '../index.ts'", 'index.ts'],
    ['core', "export { a as b } from '../index.ts'", 'index.ts'],
    ['core', "const clock = await import('../system.ts')", 'system.ts'],
    ['core', "const fs = require('node:fs')", 'node:fs'],
    ['core', 'const any = await import(name)', '(computed)'],
    ['core', "import 'node:net'", 'node:net'],
    ['core', "import fs, { readFileSync } from 'node:fs'", 'node:fs'],
    ['core', "import * as fs from 'node:fs'", 'node:fs'],
    ['stores/sqlite', "import type { Policy } from '../../core/policy.ts'", 'core/policy.ts'],
    ['stores/sqlite', "import { rotation } from '../../core/rotation.ts'", 'core/rotation.ts'],
    ['stores/sqlite', "import { memoryStore } from '../memory.ts'", 'stores/memory.ts'],
    ['express', "import express from 'express'", 'express'],
    ['express', "import { openLatchkey } from '../core/latchkey.ts'", 'core/latchkey.ts'],
    ['client', "import { randomUUID } from 'node:crypto'", 'node:crypto'],
    ['client', "import type { Tokens } from '../core/engine.ts'", 'core/engine.ts'],
    ['client', "import { withClient } from './adapters/axios.ts'", 'client/adapters/axios.ts'],
    ['client', "import { jwtVerify } from 'jose'", 'jose'],
    ['client/adapters', "import axios from 'axios'", 'axios'],
    ['client/adapters', "import { type Options } from 'ky'", 'ky'],
    ['client/adapters', "import { flushSync } from 'react-dom'", 'react-dom'],
    ['client-node', "import { memoryStorage } from '../client/storage.ts'", 'client/storage.ts'],
    ['client-node', "import type { Store } from '../core/store.ts'", 'core/store.ts'],
    ['testing', "import { test } from 'vitest'", 'vitest'],
    ['testing', "import { memoryStore } from '../stores/memory.ts'", 'stores/memory.ts'],
  ]
  for (const [folder, source, target] of planted) {
    test(`finds what ${folder} must not import in: ${source.replaceAll('\n', ' ')}`, () => {
      const path = `${library}/${folder}/planted.ts`
      const found = rules.filter(({ files }) => files(path)).flatMap((rule) => trespasses(rule, path, source))
      expect(found).toHaveLength(1)
      expect(found[0]).toContain(target)
    })
  }

  test('takes neither comments nor strings nor properties for imports', () => {
    const source =
      "// import 'a'\n/* import 'b' */\nconst c = \"import 'c'\"\nconst d = `import 'd'`\nimport.meta.url\nx.import('e')"
    expect(importsOf('a.ts', source)).toEqual([])
  })

  test('tells types from values: `import { type A }` leaves an import behind', () => {
    const kinds = [
      "import type { A } from 'a'",
      "import { type A } from 'a'",
      "export type * from 'a'",
      "let a: typeof import('a')",
    ]
    const typeOnly = kinds.map((source) => importsOf('a.ts', source)[0]?.typeOnly)
    expect(typeOnly).toEqual([true, false, true, true])
  })

  test('finds a circle of values, and none where a type closes it', () => {
    const circle = (closing: string): Map<string, string> =>
      new Map([
        ['a.ts', "import { b } from './b.ts'"],
        ['b.ts', "import { c } from './c.ts'"],
        ['c.ts', closing],
      ])
    expect(cyclesIn(circle("import { a } from './a.ts'"))).toEqual([['a.ts', 'b.ts', 'c.ts', 'a.ts']])
    expect(cyclesIn(circle("import type { A } from './a.ts'"))).toEqual([])
  })
})
