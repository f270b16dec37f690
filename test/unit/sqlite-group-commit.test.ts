import { DatabaseSync } from 'node:sqlite'
import type { Insertion, Session, Store } from 'latchkey'
import { sqliteStore } from 'latchkey/sqlite'
import { sampleSession } from 'latchkey/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GroupCommit } from '../../packages/latchkey/src/stores/sqlite/group-commit.ts'
import { settled } from '../helpers/engine.ts'
import { temporaryDatabase, type TemporaryDatabase } from '../helpers/temporary-database.ts'

const bound = { max: 100, evict: true }
const outcomes = async (acts: readonly Promise<unknown>[]): Promise<string[]> =>
  (await Promise.allSettled(acts)).map(({ status }) => status)

describe('a group of writes', () => {
  let database: DatabaseSync
  let commits: GroupCommit
  let texts: string[]
  let failing: string
  let locked: number
  beforeEach(() => {
    database = new DatabaseSync(':memory:')
    database.exec('CREATE TABLE t (a INTEGER PRIMARY KEY CHECK (a > 0)) STRICT')
    texts = []
    failing = ''
    locked = 0
    const exec = database.exec.bind(database)
    database.exec = (text) => {
      texts.push(text)
      if (text === failing) throw new Error('disk I/O error')
      if (text === 'BEGIN IMMEDIATE' && locked-- > 0) throw Object.assign(new Error('locked'), { errcode: 5 })
      exec(text)
    }
    commits = new GroupCommit(database, () => undefined)
  })
  afterEach(() => {
    database.close()
  })
  const put = (value: unknown) => () => database.prepare('INSERT INTO t VALUES (?)').run(value as number)
  const rows = (): unknown[] =>
    database
      .prepare('SELECT a FROM t ORDER BY a')
      .all()
      .map((row) => row['a'])

  test('that arrive in one turn share one commit', async () => {
    await Promise.all([1, 2, 3].map((value) => commits.write(put(value))))
    expect(rows()).toEqual([1, 2, 3])
    expect(texts.filter((text) => text === 'COMMIT')).toHaveLength(1)
  })

  test('are told their results only after the commit', async () => {
    const written = commits.write(put(1)).then(() => expect(texts).toContain('COMMIT'))
    expect(texts).toEqual([])
    await written
  })

  test.each([
    ['a key that exists', 1],
    ['a value that a check refuses', -5],
    ['a value that cannot be bound', Symbol('none')],
  ])('does not fail for %s in one of them, which is the fault of that one alone', async (_what, value) => {
    const told = await outcomes([1, value, 2].map((one) => commits.write(put(one))))
    expect(told).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(rows()).toEqual([1, 2])
  })

  test('fails as a whole, undone, where the transaction itself is in doubt', async () => {
    const doubt = () => {
      throw Object.assign(new Error('disk I/O error'), { errcode: 10 })
    }
    expect(await outcomes([commits.write(put(1)), commits.write(doubt)])).toEqual(['rejected', 'rejected'])
    expect(rows()).toEqual([])
    await commits.write(put(2))
    expect(rows()).toEqual([2])
  })

  test('undoes all of several statements where one of them fails, and nothing else', async () => {
    const several = () => {
      put(10)()
      put(10)()
    }
    const told = await outcomes([commits.write(put(1)), commits.writeAll(several), commits.write(put(2))])
    expect(told).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(rows()).toEqual([1, 2])
  })

  test('rejects as a whole, undone, where the commit fails, and the next is as before', async () => {
    failing = 'COMMIT'
    expect(await outcomes([1, 2].map((value) => commits.write(put(value))))).toEqual(['rejected', 'rejected'])
    failing = ''
    expect(rows()).toEqual([])
    await commits.write(put(3))
    expect(rows()).toEqual([3])
  })

  test('is bounded: what is too much is refused at once, the rest is done (I7)', async () => {
    const writes = Array.from({ length: 10_050 }, (_, index) => commits.write(put(index + 1)))
    const told = await outcomes(writes)
    expect(told.filter((status) => status === 'fulfilled')).toHaveLength(10_000)
    expect(told.slice(10_000)).toEqual(Array.from({ length: 50 }, () => 'rejected'))
    expect(rows()).toHaveLength(10_000)
    expect(texts.filter((text) => text === 'COMMIT').length).toBeGreaterThan(10_000 / 300)
  })

  test('keeps the order of who came first, however many wait and however often the lock is held', async () => {
    locked = 3
    const order: number[] = []
    const all = Array.from({ length: 700 }, (_, index) => index)
    await Promise.all(all.map((index) => commits.write(() => order.push(index))))
    expect(order).toEqual(all)
  })

  test('leaves out who gave up before it began', async () => {
    const controller = new AbortController()
    const dropped = commits.write(put(1), controller.signal)
    const kept = commits.write(put(2))
    controller.abort()
    expect(await outcomes([dropped, kept])).toEqual(['rejected', 'fulfilled'])
    expect(rows()).toEqual([2])
  })

  test('is waited for by whoever closes', async () => {
    const writes = Array.from({ length: 600 }, (_, index) => commits.write(put(index + 1)))
    await commits.drained()
    expect(rows()).toHaveLength(600)
    await Promise.all(writes)
    await commits.drained()
  })
})

describe('a database that another connection has locked', () => {
  let file: TemporaryDatabase
  let store: Store
  let other: DatabaseSync
  beforeEach(() => {
    file = temporaryDatabase()
    store = sqliteStore(file.path)
    other = new DatabaseSync(file.path)
  })
  afterEach(async () => {
    other.close()
    await store.close()
    file.remove()
  })
  const lock = (): void => other.exec('BEGIN IMMEDIATE')
  const unlock = (): void => other.exec('ROLLBACK')
  const insert = (session: Session, signal?: AbortSignal): Promise<Insertion> => store.insert(session, bound, signal)

  test('is waited for, without holding up the process', async () => {
    lock()
    let done = false
    const inserted = insert(sampleSession()).finally(() => (done = true))
    for (let turn = 0; turn < 20; turn += 1) await settled()
    expect(done).toBe(false)
    unlock()
    expect(await inserted).toMatchObject({ inserted: true })
  })

  test('rejects who gives up, with nothing done, and serves again afterwards (I3)', async () => {
    const session = sampleSession()
    const controller = new AbortController()
    lock()
    const given = insert(session, controller.signal)
    await settled()
    controller.abort()
    await expect(given).rejects.toThrow()
    unlock()
    expect(await store.find(session.sid)).toBeNull()
    expect(await insert(session)).toMatchObject({ inserted: true })
  })

  test('lets the others through that have not given up', async () => {
    const [given, kept] = [sampleSession(), sampleSession()]
    const controller = new AbortController()
    lock()
    const acts = [insert(given, controller.signal), insert(kept)]
    await settled()
    controller.abort()
    await expect(acts[0]).rejects.toThrow()
    unlock()
    expect(await acts[1]).toMatchObject({ inserted: true })
    expect(await store.list({ subject: 'ada', limit: 10 })).toEqual([kept])
  })

  test('can be read meanwhile', async () => {
    const session = sampleSession()
    await insert(session)
    lock()
    expect(await store.find(session.sid)).toEqual(session)
    await store.ping()
    unlock()
  })

  test('keeps the order of who came first', async () => {
    const session = sampleSession()
    lock()
    const acts = [insert(session), store.revoke(session.sid, { at: session.createdAt, reason: 'signed_out' })]
    await settled()
    unlock()
    expect(await Promise.all(acts)).toMatchObject([{ inserted: true }, { revokedReason: 'signed_out' }])
  })
})
