// The doctor on a sound folder, and on one for every fault that can be planted there: he must name each, say how to mend
// it, end with 1, change nothing, and never show a secret.

import { chmodSync, copyFileSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signIn } from '../helpers/requests.ts'
import { freshFolder, removeFolder, runCommand, startServer, type Env, type TestServer } from '../helpers/server.ts'

interface Finding {
  readonly check: string
  readonly result: 'ok' | 'warning' | 'failure'
  readonly says: string
}

let sound: TestServer
beforeAll(async () => {
  sound = await startServer()
  await signIn(sound.url, sound.administrator)
  await sound.stop()
})
afterAll(() => sound.remove())

// A folder of its own for each test, as a server left it.
class Folder {
  readonly path = freshFolder()
  readonly keyFile = join(this.path, 'keys.json')
  readonly database = join(this.path, 'latchkey.db')

  constructor() {
    copyFileSync(join(sound.folder, 'keys.json'), this.keyFile)
    copyFileSync(join(sound.folder, 'latchkey.db'), this.database)
    chmodSync(this.keyFile, 0o600)
  }

  // The same files with the same bytes. What SQLite puts beside an open database is no change.
  fingerprint(): string {
    return readdirSync(this.path)
      .filter((name) => !/-(wal|shm)$/.test(name))
      .map((name) => `${name} ${readFileSync(join(this.path, name)).toString('base64')}`)
      .join('\n')
  }
}

async function inFolder(run: (folder: Folder) => Promise<void>): Promise<void> {
  const folder = new Folder()
  try {
    await run(folder)
  } finally {
    removeFolder(folder.path)
  }
}

async function doctor(folder: Folder, env: Env = {}): Promise<{ code: number | null; findings: readonly Finding[] }> {
  const before = folder.fingerprint()
  const { code, stdout, stderr } = await runCommand(folder.path, ['doctor', '--json'], env)
  expect([stderr, folder.fingerprint()]).toEqual(['', before])
  return { code, findings: JSON.parse(stdout) as Finding[] }
}

interface Fault {
  readonly name: string
  /** The check that must fail, and what it must say. */
  readonly check: string
  readonly says: RegExp
  readonly plant?: (folder: Folder) => void
  readonly env?: Env
}

const inKeys = (name: string, says: RegExp, plant: Fault['plant']): Fault => ({
  name,
  check: 'keys',
  says,
  plant: plant!,
})
const inDatabase = (name: string, says: RegExp, plant: Fault['plant']): Fault => ({
  name,
  check: 'database',
  says,
  plant: plant!,
})
const inSettings = (name: string, says: RegExp, env: Env): Fault => ({ name, check: 'settings', says, env })
const changed = (change: (keys: Keys) => void) => (folder: Folder) => {
  const keys = JSON.parse(readFileSync(folder.keyFile, 'utf8')) as Keys
  change(keys)
  writeFileSync(folder.keyFile, JSON.stringify(keys))
}
const filled = (text: string | Buffer) => (folder: Folder) => writeFileSync(folder.keyFile, text)

interface Keys {
  refresh: { kid: number; root: string }[]
  signing: { kid: string; alg: string; privateJwk: Record<string, unknown> }[]
}

function execute(path: string, sql: string): void {
  const open = new DatabaseSync(path)
  open.exec(sql)
  open.close()
}

const otherRoot = Buffer.alloc(32, 7).toString('base64url')
const noQuote = /^(?!.*SECRET).*does not hold a key set/

const faults: readonly Fault[] = [
  inKeys('a key file that others can read', /chmod 600/, ({ keyFile }) => chmodSync(keyFile, 0o644)),
  inKeys('a key file that is missing', /missing.*restore/, ({ keyFile }) => rmSync(keyFile)),
  inKeys('a key file that is no JSON', noQuote, filled('{"refresh": SECRET')),
  inKeys('a key file that holds no key set', noQuote, filled('{"refresh":"SECRET","signing":[]}')),
  inKeys(
    'no refresh key',
    /refresh/,
    changed((keys) => void (keys.refresh = [])),
  ),
  inKeys(
    'no signing key',
    /signing/,
    changed((keys) => void (keys.signing = [])),
  ),
  inKeys(
    'a root that is too short',
    /32 bytes/,
    changed((keys) => void (keys.refresh[0]!.root = 'c2hvcnQ')),
  ),
  inKeys(
    'a signing key that is none',
    /signing/,
    changed((keys) => void (keys.signing[0]!.privateJwk = {})),
  ),
  inKeys(
    'a signing key for another algorithm',
    /RS256/,
    changed((keys) => void (keys.signing[0]!.alg = 'RS256')),
  ),
  inKeys(
    'another key than the database was used with',
    /./,
    changed((keys) => void (keys.refresh[0]!.root = otherRoot)),
  ),
  {
    name: 'a folder that others can look into',
    check: 'data folder',
    says: /chmod 700/,
    plant: ({ path }) => chmodSync(path, 0o755),
  },
  inDatabase('a database that is missing', /missing.*restore/, ({ database }) => rmSync(database)),
  inDatabase('a damaged database', /damaged|malformed/, ({ database }) => {
    writeFileSync(database, readFileSync(database).fill(0x5a, 4096, 24_576))
  }),
  inDatabase('a database that is none', /./, ({ database }) => writeFileSync(database, Buffer.alloc(8192, 0x5a))),
  inDatabase('a database that is empty', /./, ({ database }) => writeFileSync(database, '')),
  inDatabase('a newer schema than this version knows', /schema 99/, ({ database }) =>
    execute(database, "INSERT INTO latchkey_migrations VALUES (99, 'x')"),
  ),
  {
    name: 'a clock behind the newest session',
    check: 'clock',
    says: /behind.*set it right/,
    plant: ({ database }) => execute(database, `UPDATE latchkey_sessions SET rotated_at = ${Date.now() + 3_600_000}`),
  },
  inSettings('a number out of range', /LATCHKEY_ACCESS_SECONDS/, { LATCHKEY_ACCESS_SECONDS: '1' }),
  inSettings('a misspelt name', /LATCHKEY_ACESS_SECONDS/, { LATCHKEY_ACESS_SECONDS: '600' }),
  inSettings('an issuer with a query', /issuer|ISSUER/, { LATCHKEY_ISSUER: 'https://app.example/?x=1' }),
  inSettings('a deadline beyond the leeway', /./, { LATCHKEY_STORE_DEADLINE_SECONDS: '20' }),
  inSettings('access tokens that outlive sessions', /./, {
    LATCHKEY_IDLE_SECONDS: '60',
    LATCHKEY_ACCESS_SECONDS: '60',
  }),
]

test.concurrent.each(faults)(
  'finds $name, says how to mend it, and ends with 1',
  async ({ plant, check, says, env }) => {
    await inFolder(async (folder) => {
      plant?.(folder)
      const { code, findings } = await doctor(folder, env)
      const failures = findings.filter(({ result }) => result === 'failure')
      expect(failures.map((each) => each.check)).toContain(check)
      expect(failures.find((each) => each.check === check)?.says).toMatch(says)
      expect(code).toBe(1)
    })
  },
)

test.concurrent('finds nothing wrong with a sound folder, and ends with 0', async () => {
  await inFolder(async (folder) => {
    const { code, findings } = await doctor(folder)
    const checks = ['node', 'settings', 'data folder', 'keys', 'database', 'clock', 'users']
    expect(findings.map(({ check, result }) => [check, result])).toEqual(checks.map((check) => [check, 'ok']))
    expect(code).toBe(0)
  })
})

test.concurrent('says of a folder that is not there yet that the first start makes it, and does not make it', async () => {
  const path = freshFolder()
  removeFolder(path)
  const { code, stdout } = await runCommand(path, ['doctor', '--json'])
  expect([code, (JSON.parse(stdout) as Finding[]).at(-1)?.result]).toEqual([0, 'warning'])
  expect(existsSync(path)).toBe(false)
})
