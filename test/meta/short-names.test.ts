// The client's own members have short names in what is shipped. The mistake it prevents: a name that is also a user's, an
// option or something that a storage keeps, is shortened with them, and is silently never found again. That all works
// under the short names is shown by the project `shipped`, and by every test in a browser.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { shortNames } from '../../scripts/shorten-client.ts'
import { root } from './sources.ts'

const ownNames = Object.keys(shortNames)
const folder = join(root, 'packages/latchkey')
/** The text of all files of this pattern, without comments. */
const textOf = (pattern: string): string =>
  globSync(pattern, { cwd: folder })
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('\n')
    .replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')

// The types of the subpaths, and of all that they name. Proofs and transports show nothing of themselves.
const open = '{client,errors,options,state,storage,plain,dpop,native,adapters/*}'
const types = textOf(`dist/client/${open}.d.ts`) + textOf('dist/client-node/*.d.ts')
const isSeen = (name: string): boolean => new RegExp(`(?:\\breadonly |\\{\\s*|^\\s*)${name}\\b`, 'm').test(types)

describe('the short names of the client', () => {
  test('stand each for one member of its own', () => {
    expect(new Set(Object.values(shortNames)).size).toBe(ownNames.length)
    const sources = textOf('src/client/*.ts')
    const isOwn = (name: string): boolean =>
      new RegExp(`(?<!\\.\\.)\\.${name}\\b|\\breadonly ${name}\\??:`).test(sources)
    expect(ownNames.filter((name) => !isOwn(name))).toEqual([])
  })

  test('stand for nothing that a user can see', () => {
    for (const name of ['baseUrl', 'minSeconds', 'degraded', 'keepsKeys', 'refreshToken', 'now', 'lifecycle', 'code']) {
      expect([name, isSeen(name)]).toEqual([name, true])
    }
    expect(ownNames.filter(isSeen)).toEqual([])
  })

  test('are all that is left of the long ones in what is shipped', () => {
    const shipped = textOf('dist/client/**/*.js')
    const isShipped = (name: string): boolean => new RegExp(`(?<!\\.\\.)\\.${name}\\b|\\b${name}:`).test(shipped)
    expect([isShipped('sessionId'), ownNames.filter(isShipped)]).toEqual([true, []])
  })
})
