// Starting the server when something is not as it should be: one clear sentence, the right exit code, nothing half done.
// What is special about the very first start is in first-start.test.ts.

import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { signIn } from '../helpers/requests.ts'
import {
  freshFolder,
  removeFolder,
  runCommand,
  startServer,
  TestServer,
  type Env,
  type Ran,
} from '../helpers/server.ts'

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = freshFolder()
  try {
    await run(folder)
  } finally {
    removeFolder(folder)
  }
}

const serve = (folder: string, env: Env = {}): Promise<Ran> => runCommand(folder, ['serve', '--json'], env)

const wrong: readonly (readonly [string, Env, RegExp])[] = [
  ['a setting that there is not', { LATCHKEY_FOO: '1' }, /LATCHKEY_FOO: there is no such setting/],
  ['a number that is none', { LATCHKEY_ACCESS_SECONDS: '10m' }, /LATCHKEY_ACCESS_SECONDS: must be a whole number/],
  ['an algorithm that may not sign', { LATCHKEY_SIGNING_ALG: 'HS256' }, /LATCHKEY_SIGNING_ALG/],
  ['a database of another kind', { LATCHKEY_DATABASE_URL: 'mysql://x' }, /LATCHKEY_DATABASE_URL/],
  ['PostgreSQL without a secret', { LATCHKEY_DATABASE_URL: 'postgres://x/y' }, /LATCHKEY_SECRET: must be set/],
  ['production without an issuer', { NODE_ENV: 'production' }, /LATCHKEY_ISSUER: must be set/],
  ['the whole network without an issuer', { HOST: '0.0.0.0' }, /LATCHKEY_ISSUER: must be set/],
  [
    'a deadline beyond the leeway',
    { LATCHKEY_STORE_DEADLINE_SECONDS: '10' },
    /storeDeadlineSeconds|LATCHKEY_STORE_DEADLINE/,
  ],
  ['an issuer with a fragment', { LATCHKEY_ISSUER: 'https://a.example/#x' }, /issuer|LATCHKEY_ISSUER/],
  ['an issuer with a user’s name', { LATCHKEY_ISSUER: 'https://ada@a.example' }, /issuer|LATCHKEY_ISSUER/],
  ['keys that are none', { LATCHKEY_KEYS: '{"refresh":[],"signing":[]}' }, /keys|LATCHKEY_KEYS/],
]

test.concurrent.each(wrong)(
  'refuses %s with 2 and a sentence that names it, and nothing is done',
  async (_name, env, says) => {
    await inFolder(async (folder) => {
      const { code, stdout, stderr } = await serve(folder, env)
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(says)
      expect(stderr).not.toMatch(/ at .*:\d+/)
      expect(readdirSync(folder)).toEqual([])
    })
  },
)

test.concurrent('names every setting that must be mended, not only the first', async () => {
  await inFolder(async (folder) => {
    const { stderr } = await serve(folder, { PORT: 'x', LATCHKEY_LOG_LEVEL: 'x', LATCHKEY_MAX_SESSIONS: '0' })
    for (const name of ['PORT', 'LATCHKEY_LOG_LEVEL', 'LATCHKEY_MAX_SESSIONS']) expect(stderr).toContain(name)
  })
})

test.concurrent('starts in production where the issuer is set, and the issuer stands in its tokens', async () => {
  const issuer = 'https://app.example'
  const server = await startServer({ NODE_ENV: 'production', LATCHKEY_ISSUER: issuer })
  try {
    const { accessToken } = await signIn(server.url, server.administrator)
    const claims = Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()
    expect(JSON.parse(claims)).toMatchObject({ iss: issuer, aud: issuer })
  } finally {
    await server.remove()
  }
})

async function withTakenPort(run: (port: number) => Promise<void>): Promise<void> {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  try {
    await run((holder.address() as AddressInfo).port)
  } finally {
    holder.close()
  }
}

test.concurrent('a port that is taken: 1 and one sentence', () =>
  inFolder((folder) =>
    withTakenPort(async (port) => {
      const { code, stdout, stderr } = await serve(folder, { PORT: String(port) })
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(new RegExp(`^latchkey-server: port ${port} is taken[^\\n]*\\n$`))
    }),
  ))

test.concurrent('makes its folder and its key file for nobody else’s eyes', () =>
  inFolder(async (folder) => {
    const server = await new TestServer({}, join(folder, 'deep', 'data')).start()
    const modeOf = (path: string): number => statSync(path).mode & 0o777
    expect([modeOf(server.folder), modeOf(join(server.folder, 'keys.json'))]).toEqual([0o700, 0o600])
    expect(readdirSync(server.folder).filter((name) => !/^latchkey\.db|^keys\.json$/.test(name))).toEqual([])
    await server.kill()
  }))

test.concurrent('refuses a key file that others can read, with 1, and says the command that mends it', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'keys.json'), '{"refresh":[],"signing":[]}', { mode: 0o644 })
    const { code, stderr } = await serve(folder)
    expect([code, stderr]).toEqual([1, expect.stringMatching(/chmod 600/)])
  }))

test.concurrent('without its key file it does not start on its old database, and makes no other in its place', () =>
  inFolder(async (folder) => {
    await (await new TestServer({}, folder).start()).stop()
    const path = join(folder, 'keys.json')
    renameSync(path, `${path}.away`)
    const { code, stderr } = await serve(folder)
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^latchkey-server: [^\n]+\n$/)])
    expect(existsSync(path)).toBe(false)
  }))

test.concurrent('a folder where a file stands, or a database that is none: a sentence, no stack', () =>
  inFolder(async (folder) => {
    const [file, data] = [join(folder, 'file'), join(folder, 'data')]
    writeFileSync(file, 'x')
    mkdirSync(data)
    writeFileSync(join(data, 'latchkey.db'), Buffer.alloc(8192, 0x5a))
    for (const { code, stdout, stderr } of await Promise.all([file, data].map((dir) => serve(dir)))) {
      expect([code === 1 || code === 4, stdout]).toEqual([true, ''])
      expect(stderr).toMatch(/^latchkey-server: [^\n]+\n$/)
    }
  }))

test.concurrent.each(['latchkey_migrations', 'latchkey_users_migrations'])(
  'a newer schema in %s is refused by server and commands with one clear sentence, and 1',
  (ledger) =>
    inFolder(async (folder) => {
      await (await new TestServer({}, folder).start()).stop()
      const open = new DatabaseSync(join(folder, 'latchkey.db'))
      open.exec(`INSERT INTO ${ledger} VALUES (99, 'from the future')`)
      open.close()
      const commands = [
        ['serve', '--json'],
        ['users', 'list'],
      ]
      for (const { code, stdout, stderr } of await Promise.all(commands.map((args) => runCommand(folder, args)))) {
        expect([code, stdout]).toEqual([1, ''])
        expect(stderr).toMatch(new RegExp(`^latchkey-server: [^\\n]*schema 99 in ${ledger}[^\\n]*newer[^\\n]*\\n$`))
      }
    }),
)

test.concurrent('says who it is on the first line, as JSON with --json and as a greeting without', async () => {
  const server = await startServer()
  const first = JSON.parse(server.stdout.split('\n')[0] ?? '') as object
  expect(first).toEqual({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
    administrator: { name: 'admin', password: expect.stringMatching(/^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/) as string },
  })
  const { stdout } = server
  await server.restart()
  const again = JSON.parse(
    server.stdout
      .slice(stdout.length)
      .split('\n')
      .find((line) => line.startsWith('{"url"')) ?? '{}',
  )
  expect(again).toEqual({ url: server.url, administrator: null })
  await server.remove()
})
