import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLatchkey, generateKeys, MisuseError } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createKeyRing } from '../../packages/latchkey/src/core/key-ring.ts'
import { openKeyFile, parseKeySet } from '../../packages/latchkey/src/key-file.ts'
import { codeOf, issuer } from '../helpers/engine.ts'
import { raceProcesses, sourceUrl } from '../helpers/race-processes.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
  path = join(folder, 'keys.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

const refusal = (act: () => unknown): MisuseError => {
  try {
    act()
  } catch (error) {
    expect(error).toBeInstanceOf(MisuseError)
    return error as MisuseError
  }
  throw new Error('was not refused')
}
const write = (text: string, mode = 0o600): void => writeFileSync(path, text, { mode })
const secret = 'A-secret-that-nobody-may-see'

describe('openKeyFile', () => {
  test('makes a key set that an engine starts with, and gives the same ever after', async () => {
    const keys = openKeyFile(path)
    expect(openKeyFile(path)).toEqual(keys)
    expect(await codeOf(createLatchkey({ issuer, store: memoryStore(), keys }))).toBe('ok')
    expect(keys.signing[0]!.alg).toBe('ES256')
  })

  test('makes a file that only its owner can read, and leaves nothing else behind (I4)', () => {
    openKeyFile(path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['keys.json'])
  })

  test('makes the folders above it, for the owner alone', () => {
    const deep = join(folder, 'a', 'b', 'keys.json')
    openKeyFile(deep)
    expect(existsSync(deep)).toBe(true)
    expect(statSync(join(folder, 'a')).mode & 0o077).toBe(0)
  })

  test.each(['ES256', 'EdDSA', 'Ed25519', 'RS256'] as const)('makes signing keys for %s', (alg) => {
    const keys = openKeyFile(path, { alg })
    expect(createKeyRing(keys).activeSigner(0).alg).toBe(alg)
  })

  test.each(['HS256', 'none', '', 7, null])('refuses the algorithm %j, and makes nothing', (alg) => {
    expect(refusal(() => openKeyFile(path, { alg: alg as 'ES256' })).code).toBe('option_invalid')
    expect(readdirSync(folder)).toEqual([])
  })

  test.each([0o644, 0o640, 0o604, 0o660, 0o622, 0o666, 0o777, 0o620, 0o601])(
    'refuses a file of mode %o, and says what to do',
    (mode) => {
      openKeyFile(path)
      chmodSync(path, mode)
      const { code, message } = refusal(() => openKeyFile(path))
      expect([code, message]).toEqual(['keys_invalid', expect.stringContaining(`chmod 600 ${path}`)])
    },
  )

  test.each([0o600, 0o400])('takes a file of mode %o', (mode) => {
    const keys = openKeyFile(path)
    chmodSync(path, mode)
    expect(openKeyFile(path)).toEqual(keys)
  })

  test('judges the file that a link leads to', () => {
    const keys = openKeyFile(path)
    const link = join(folder, 'link.json')
    symlinkSync(path, link)
    expect(openKeyFile(link)).toEqual(keys)
    chmodSync(path, 0o644)
    expect(refusal(() => openKeyFile(link)).code).toBe('keys_invalid')
  })

  test('never hands out keys that it has not kept: a link that leads nowhere is refused, or followed', () => {
    symlinkSync(join(folder, 'not mounted', 'keys.json'), path)
    const attempt = (): unknown => {
      try {
        return openKeyFile(path)
      } catch (error) {
        return (error as MisuseError).code
      }
    }
    expect(attempt()).toEqual(attempt())
  })

  test.each([
    ['text', secret],
    ['nothing', ''],
    ['half a file', `{"refresh":[{"kid":1,"root":"${secret}`],
    ['null', 'null'],
    ['a list', `["${secret}"]`],
    ['no signing keys', `{"refresh":[{"kid":1,"root":"${secret}"}]}`],
    ['no refresh keys', `{"signing":[{"kid":"${secret}"}]}`],
    ['maps in place of lists', `{"refresh":{"root":"${secret}"},"signing":{}}`],
    ['a byte order mark', `\ufeff{"refresh":"${secret}"}`],
  ])('refuses a file that holds %s, names it, quotes nothing of it and leaves it as it is (I4)', (_what, text) => {
    write(text)
    const { code, message, stack, cause } = refusal(() => openKeyFile(path))
    expect(code).toBe('keys_invalid')
    expect(message).toContain(path)
    expect(`${message} ${stack} ${String(cause)}`).not.toContain(secret.slice(0, 8))
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  test('refuses a folder in its place', () => {
    mkdirSync(path)
    const { code, message } = refusal(() => openKeyFile(path))
    expect([code, message]).toEqual(['keys_invalid', expect.stringContaining(path)])
  })

  test('gives all processes that start together the keys of one', async () => {
    const code = `
      import { openKeyFile } from '${sourceUrl('key-file.ts')}'
      const act = (path) => { const keys = openKeyFile(path); return keys.refresh[0].root + keys.signing[0].kid }`
    const paths = Array.from({ length: 12 }, (_, index) => join(folder, String(index), 'keys.json'))
    for (const [index, answers] of (await raceProcesses(3, code, paths)).entries()) {
      const keys = openKeyFile(paths[index]!)
      const expected = keys.refresh[0]!.root + keys.signing[0]!.kid
      expect(answers).toEqual([expected, expected, expected])
      expect(readdirSync(join(folder, String(index)))).toEqual(['keys.json'])
    }
  })

  // In a container the process id is the same at every start, and the same as its neighbour's on a shared volume.
  test('starts although a process of the same id died, or works, on its own draft', () => {
    openKeyFile(path)
    const names = (): string[] => readdirSync(folder)
    rmSync(path)
    writeFileSync(`${path}.${process.pid}.new`, 'half')
    expect(openKeyFile(path).refresh).toHaveLength(1)
    expect(names()).toContain('keys.json')
  })
})

describe('parseKeySet', () => {
  test('reads what generateKeys made', () => {
    const keys = generateKeys()
    expect(parseKeySet(JSON.stringify(keys), 'KEYS')).toEqual(keys)
  })

  test('takes nothing but the two lists', () => {
    const text = JSON.stringify({ ...generateKeys(), extra: 1 })
    expect(Object.keys(parseKeySet(text, 'KEYS'))).toEqual(['refresh', 'signing'])
  })

  test('names its source in the error and quotes nothing of the text', () => {
    const error = refusal(() => parseKeySet(secret, 'the variable KEYS'))
    expect(error.code).toBe('keys_invalid')
    expect(error.message).toContain('the variable KEYS')
    expect(error.message).not.toContain(secret)
  })
})
