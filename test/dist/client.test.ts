// The client as people get it: packed, installed, and used from a page's program, from Node without a browser's types, and
// from CommonJS. The mistake it prevents: a client that is green on the sources, and names in its declarations a type that
// Node has not, or a package that nobody was told to install.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packAll } from '../../scripts/pack-check.ts'
import { Consumer, type Running } from './consumer.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-dist-client-'))
const consumer = new Consumer(join(folder, 'consumer'))
const alone = new Consumer(join(folder, 'alone'))

// Pinned, so that npm's cache has them from the repository's own `npm ci`.
const beside = ['axios@1.21.1', 'ky@2.1.0', 'react@19.3.1', '@types/react@19.3.0', '@types/node@24.19.2']

const pageProgram = new URL('client-program.ts', import.meta.url)
const script = new URL('client-script.ts', import.meta.url)
const take = (into: Consumer, source: URL): void =>
  copyFileSync(fileURLToPath(source), join(into.folder, basename(source.pathname)))

beforeAll(() => {
  const tarballs = packAll(folder)
  consumer.install(...tarballs.map(({ tarball }) => tarball), ...beside)
  alone.install(tarballs.find(({ name }) => name === 'latchkey')?.tarball ?? '', '@types/node@24.19.2')
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the installed client', () => {
  test('is typed for a page’s program that uses all of it, and its fetch is a fetch (C1)', () => {
    take(consumer, pageProgram)
    expect(consumer.typeCheck('client-program.ts')).toEqual({ code: 0, output: '' })
  })

  test('is typed where a browser’s types are not there, and without its adapters’ libraries (C43)', () => {
    take(alone, script)
    expect(alone.typeCheck('--lib', 'es2024', 'client-script.ts')).toEqual({ code: 0, output: '' })
  })

  test.each([
    ['cookie mode with a storage', 'storage: memoryStorage()'],
    ['a storage that is none', 'transport: bodyMode({})'],
    ['a storage that is not said to be for bodies', 'transport: memoryStorage()'],
    ['a transport by its name', "transport: 'body'"],
    ['a kind of proof that is none', "proof: 'none'"],
    ['a misspelt option', "origin: ['https://api.example']"],
  ])('refuses to type-check %s', (_, options) => {
    const use = `createClient({ baseUrl: 'https://app.example', ${options} })`
    alone.write(
      'wrong.ts',
      `import { bodyMode, createClient, memoryStorage } from 'latchkey/client'\n${use}\nbodyMode(memoryStorage())\n`,
    )
    expect(alone.typeCheck('wrong.ts').output).toMatch(/wrong\.ts\(2,.*error TS/)
  })

  test('brings nothing with it, and is made where there is no window, by import and by require (C6, C43)', () => {
    const subpaths = ['client', 'client/dpop', 'client/node'].map((subpath) => `latchkey/${subpath}`)
    const made = "client.createClient({ baseUrl: 'https://app.example' }).state.status"
    const required = `${subpaths.map((name) => `require('${name}')`).join('\n')}\nconst client = require('latchkey/client')\nconsole.log(${made})`
    alone.write('required.cjs', required)
    expect(alone.node('required.cjs')).toEqual({ code: 0, output: 'unknown\n' })
    const imported = `const client = await import('latchkey/client'); console.log(${made})`
    expect(alone.node('--input-type=module', '--eval', imported)).toEqual({ code: 0, output: 'unknown\n' })
  })
})

describe('the installed client, on the installed server', () => {
  const credentials = { username: '', password: '' }
  let server: Running
  let url = ''

  beforeAll(async () => {
    const env = { PORT: '0', LATCHKEY_DATA_DIR: join(folder, 'data'), LATCHKEY_LOG_LEVEL: 'warn' }
    server = await consumer.serve(join(consumer.folder, 'node_modules/.bin/latchkey-server'), ['serve', '--json'], env)
    const first = JSON.parse(server.firstLine) as { url: string; administrator: { name: string; password: string } }
    url = first.url
    credentials.username = first.administrator.name
    credentials.password = first.administrator.password
  })

  afterAll(() => server?.stop())

  test('signs in, reads, renews and signs out, leaves nothing behind, and lets the process end (C5, C45)', () => {
    const { code, output } = alone.node('client-script.ts', url, credentials.username, credentials.password)
    expect([code, output]).toEqual([0, expect.stringMatching(/^\{.*\}$/)])
    expect(JSON.parse(output)).toEqual({
      refused: 'SignInRefused',
      isSignedIn: true,
      isRenewed: true,
      statuses: [200, 200, 200, 401],
      revoked: true,
      state: 'anonymous',
      kept: null,
    })
  })
})
