// Keys that are kept in the database: listed and followed by new ones from the command line, beside a running server,
// with nobody signed out and nothing secret shown.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, renew, signed, signIn } from '../helpers/requests.ts'
import { runCommand, startServer, type Env, type Ran, type TestServer } from '../helpers/server.ts'

const secret = 'a secret that nobody could ever guess'

let kept: TestServer
let inFile: TestServer
beforeAll(async () => {
  ;[kept, inFile] = await Promise.all([startServer({ LATCHKEY_SECRET: secret }), startServer()])
})
afterAll(async () => {
  await Promise.all([kept.remove(), inFile.remove()])
})

interface Key {
  readonly use: string
  readonly kid: string
  readonly state: string
  readonly usedFrom: string | null
  readonly until: string | null
}

const run = (args: string, env: Env = { LATCHKEY_SECRET: secret }): Promise<Ran> =>
  runCommand(kept.folder, args.split(' '), env)

async function keysAfter(args: string): Promise<Key[]> {
  const { code, stdout, stderr } = await run(args)
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as Key[]
}

const statesOf = (keys: readonly Key[]): string[] => keys.map(({ use, state }) => `${use} ${state}`)

test('keys rotate adds the next keys, signs nobody out, and everything signed before stays good', async () => {
  const before = await signIn(kept.url, kept.administrator)
  expect(statesOf(await keysAfter('keys list --json'))).toEqual(['signing active', 'refresh active'])
  const signing = await keysAfter('keys rotate --signing --json')
  expect(statesOf(signing)).toEqual(['signing next', 'signing active', 'refresh active'])
  expect(Date.parse(signing[0]?.usedFrom ?? '')).toBeGreaterThan(Date.now())
  expect(signing[1]?.until).not.toBeNull()
  const refresh = await keysAfter('keys rotate --refresh --json')
  expect(statesOf(refresh)).toEqual(['signing next', 'signing active', 'refresh next', 'refresh active'])
  expect(await keysAfter('keys list --json')).toEqual(refresh)
  const after = signed(await renew(kept.url, before.refreshToken))
  for (const { accessToken } of [before, after]) {
    expect((await ask(kept.url, 'GET /me', { bearer: accessToken })).status).toBe(200)
  }
})

test('keys rotate without a kind makes one of each', async () => {
  const before = statesOf(await keysAfter('keys list --json'))
  const after = statesOf(await keysAfter('keys rotate --json'))
  for (const use of ['signing next', 'refresh next']) {
    const count = (states: readonly string[]): number => states.filter((state) => state === use).length
    expect(count(after)).toBe(count(before) + 1)
  }
})

test('for people, keys are a table; nothing in it or in the database is a key (I4)', async () => {
  const { code, stdout } = await run('keys list')
  expect([code, stdout.split('\n')[0]]).toEqual([0, 'USE      KID          STATE   USED FROM (UTC)   UNTIL'])
  expect(existsSync(join(kept.folder, 'keys.json'))).toBe(false)
  const bytes = readFileSync(kept.databasePath, 'latin1') + readFileSync(`${kept.databasePath}-wal`, 'latin1')
  expect(stdout + bytes).not.toMatch(/privateJwk|"root"|"d":/)
})

test('with another secret neither server nor commands start, and none of the two is shown (I4)', async () => {
  const other = 'quite another secret as nobody knows'
  for (const args of ['keys list', 'serve --json', 'doctor']) {
    const { code, stdout, stderr } = await run(args, { LATCHKEY_SECRET: other })
    expect([code, stdout + stderr]).toEqual([1, expect.stringMatching(/secret/)])
    expect(stdout + stderr).not.toMatch(/nobody/)
  }
})

test('a secret is replaced by giving both, the new one first', async () => {
  const next = 'the next secret which nobody guesses either'
  const both = { LATCHKEY_SECRET: `${next},${secret}` }
  expect((await run('keys list', both)).code).toBe(0)
  const { code, stdout } = await run('doctor', { LATCHKEY_SECRET: next })
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^ok +keys: .* from the database$/m)])
  expect((await run('keys list', { LATCHKEY_SECRET: `${secret},${next}` })).code).toBe(0)
})

test('keys of a file are listed, and rotating them ends with 1 and says what they lack', async () => {
  const listed = await runCommand(inFile.folder, ['keys', 'list', '--json'])
  expect(statesOf(JSON.parse(listed.stdout) as Key[])).toEqual(['signing active', 'refresh active'])
  const { code, stdout, stderr } = await runCommand(inFile.folder, ['keys', 'rotate'])
  expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^latchkey-server: .*LATCHKEY_SECRET\n$/)])
})

test('a secret beside a key file that is in use is refused, for it would end every session', async () => {
  const { code, stderr } = await runCommand(inFile.folder, ['keys', 'list'], { LATCHKEY_SECRET: secret })
  expect([code, stderr]).toEqual([1, expect.stringMatching(/keys\.json: unset it\n$/)])
})
