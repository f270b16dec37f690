import { copyFileSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MisuseError, type Store } from 'latchkey'
import { openDatabase, sqliteStore } from 'latchkey/sqlite'
import { sampleSession } from 'latchkey/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { watching } from '../../packages/latchkey/src/testing/contract/case.ts'
import { keys, openEngine, plain } from '../helpers/engine.ts'
import { raceProcesses, sourceUrl } from '../helpers/race-processes.ts'
import { temporaryDatabase, type TemporaryDatabase } from '../helpers/temporary-database.ts'

const bound = { max: 100, evict: true }
const ending = { at: 1_700_000_001_000, reason: 'signed_out' } as const

let file: TemporaryDatabase
let opened: Store[]
const open = (path = file.path): Store => {
  const store = sqliteStore(path)
  opened.push(store)
  return store
}
beforeEach(() => {
  file = temporaryDatabase()
  opened = []
})
afterEach(async () => {
  vi.useRealTimers()
  for (const store of opened) await store.close()
  file.remove()
})

describe('an SQLite file', () => {
  test('is written with synchronous FULL, in WAL, and never waits inside a statement', () => {
    const database = openDatabase(file.path, () => undefined)
    const read = (pragma: string): unknown => Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]
    expect([read('synchronous'), read('journal_mode'), read('busy_timeout')]).toEqual([2, 'wal', 0])
    database.close()
  })

  test('holds no token, key or proof of the sessions in it (I4, RT-10)', async () => {
    const { latchkey, clock } = await openEngine({ store: open() })
    const signed = await latchkey.signIn({ subject: 'ada', proof: 'session_key', transport: 'body' })
    clock.advance(1000)
    await latchkey.revokeAll('ada')
    await latchkey.close()
    const database = new DatabaseSync(file.path)
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()
    const bytes = tables
      .flatMap(({ name }) => database.prepare(`SELECT * FROM ${String(name)}`).all())
      .flatMap((row) => Object.values(row))
      .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
      .join('\n')
    database.close()
    expect(bytes).toContain('ada')
    const { refreshToken, accessToken, sessionKey, nonce } = signed
    for (const secret of [
      refreshToken.slice(5),
      accessToken.split('.')[2]!,
      sessionKey!,
      nonce!,
      keys.refresh[0]!.root,
      keys.signing[0]!.privateJwk.d!,
    ]) {
      expect(bytes).not.toContain(secret)
      expect(bytes).not.toContain(Buffer.from(secret, 'base64url').subarray(-16).toString('latin1'))
    }
  })

  test('keeps everything when it is closed and opened again', async () => {
    const first = open()
    const session = sampleSession()
    const identity = await first.identify({ environment: 'E', keys: new Map([[1, 'F']]) })
    await first.insert(session, bound)
    await first.revokeAll('bob', ending)
    await first.close()
    const second = open()
    expect(await second.find(session.sid)).toEqual(session)
    expect(await second.identify({ environment: 'other', keys: new Map([[1, 'other']]) })).toEqual(identity)
    const late = sampleSession({ subject: 'bob' })
    expect(await second.insert(late, bound)).toEqual({ inserted: false, because: 'revoked' })
  })

  test.each([['', 7, null, undefined]].flat())('needs a path: %j is none', (path) => {
    expect(() => sqliteStore(path as string)).toThrow(MisuseError)
  })

  test('can be in memory alone', async () => {
    const store = open(':memory:')
    const session = sampleSession()
    await store.insert(session, bound)
    expect(await store.find(session.sid)).toEqual(session)
    await store.ping()
  })

  test('says so at once where it cannot be opened', () => {
    expect(() => sqliteStore(join(file.folder, 'none', 'sessions.db'))).toThrow()
    expect(() => sqliteStore(file.folder)).toThrow()
  })
})

describe('an SQLite file that is gone, replaced or broken', () => {
  const writes = (store: Store): Promise<unknown>[] => [
    store.insert(sampleSession(), bound),
    store.revoke('a'.repeat(32), ending),
    store.ping(),
  ]
  const rejections = async (store: Store): Promise<string[]> =>
    (await Promise.allSettled(writes(store))).map(({ status }) => status)
  const all = ['rejected', 'rejected', 'rejected']

  test('rejects every write, so that nothing is acknowledged that is not kept (I3)', async () => {
    const store = open()
    await store.insert(sampleSession(), bound)
    rmSync(file.path)
    expect(await rejections(store)).toEqual(all)
  })

  test('rejects every write when another stands in its place', async () => {
    const store = open()
    await store.insert(sampleSession(), bound)
    copyFileSync(file.path, `${file.path}.copy`)
    renameSync(`${file.path}.copy`, file.path)
    expect(await rejections(store)).toEqual(all)
  })

  test('serves again when it is put back', async () => {
    const store = open()
    renameSync(file.path, `${file.path}.away`)
    expect(await rejections(store)).toEqual(all)
    renameSync(`${file.path}.away`, file.path)
    expect(await store.insert(sampleSession(), bound)).toMatchObject({ inserted: true })
  })

  test('ends no process that watches it when it can no longer be read (I3)', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const store = open()
    await store.insert(sampleSession(), bound)
    const stop = store.watch(watching(() => undefined))
    const other = new DatabaseSync(file.path)
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    truncateSync(file.path, 0)
    expect(() => vi.advanceTimersByTime(1000)).not.toThrow()
    stop()
    other.close()
  })
})

test('an SQLite file stays where it was when the process changes its folder', async () => {
  const before = process.cwd()
  try {
    process.chdir(file.folder)
    const store = open('sessions.db')
    process.chdir(before)
    expect(await store.insert(sampleSession(), bound)).toMatchObject({ inserted: true })
  } finally {
    process.chdir(before)
  }
})

describe('several openings of one SQLite file', () => {
  test('tell each other soon that something has changed', async () => {
    const [one, other] = [open(), open()]
    const session = sampleSession()
    await one.insert(session, bound)
    const told = new Promise<void>((resolve) => one.watch(watching(resolve)))
    await other.revoke(session.sid, ending)
    await told
    expect(await one.revokedSince(0, 10)).toHaveLength(1)
  })

  test('tell a watcher nothing of its own changes, nor anything once it has stopped', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const [one, other] = [open(), open()]
    let told = 0
    const stop = one.watch(watching(() => (told += 1)))
    await one.insert(sampleSession(), bound)
    vi.advanceTimersByTime(1000)
    expect(told).toBe(0)
    await other.insert(sampleSession(), bound)
    vi.advanceTimersByTime(1000)
    expect(told).toBe(1)
    stop()
    await other.insert(sampleSession(), bound)
    vi.advanceTimersByTime(1000)
    expect(told).toBe(1)
  })

  test('carry a revocation from node to node within a moment (I10)', async () => {
    const one = await openEngine({ store: open() })
    const other = await openEngine({ store: open() }, one.clock)
    const { accessToken, session } = await one.latchkey.signIn(plain)
    expect((await other.latchkey.verify(accessToken)).subject).toBe('ada')
    await one.latchkey.revoke('ada', session.id)
    const seenEnded = async (): Promise<string> => {
      for (;;) {
        try {
          other.latchkey.seen(accessToken)
          await new Promise((resolve) => setImmediate(resolve))
        } catch (error) {
          return (error as { code: string }).code
        }
      }
    }
    expect(await seenEnded()).toBe('access_ended')
  })

  test('are opened by any number of processes at the same first moment', async () => {
    const code = `
      import { sqliteStore } from '${sourceUrl('stores/sqlite/index.ts')}'
      const act = async (path) => {
        const store = sqliteStore(path)
        const { environment } = await store.identify({ environment: String(process.pid), keys: new Map() })
        await store.close()
        return environment
      }`
    const paths = Array.from({ length: 25 }, (_, index) => join(file.folder, `${index}.db`))
    for (const answers of await raceProcesses(3, code, paths)) {
      expect(answers[0]).toMatch(/^\d+$/)
      expect(new Set(answers).size, answers.join(', ')).toBe(1)
    }
  })

  test('issue one successor for each generation, also from several processes (I2)', async () => {
    const session = sampleSession()
    await open().insert(session, bound)
    const code = `
      import { sqliteStore } from '${sourceUrl('stores/sqlite/index.ts')}'
      const store = sqliteStore(${JSON.stringify(file.path)})
      const act = async (text) => {
        const from = Number(text)
        const step = { sid: '${session.sid}', client: '${session.client}', thumbprint: null, at: ${session.createdAt}, idleExpiresAt: ${session.idleExpiresAt} }
        const rows = await Promise.all(Array.from({ length: 10 }, () => store.advance({ ...step, from, to: from + 1 })))
        return rows.filter((row) => row !== null).length
      }`
    const generations = Array.from({ length: 30 }, (_, index) => String(index + 1))
    for (const answers of await raceProcesses(3, code, generations)) expect(answers.toSorted()).toEqual(['0', '0', '1'])
    expect((await open().find(session.sid))?.generation).toBe(31)
  })
})
