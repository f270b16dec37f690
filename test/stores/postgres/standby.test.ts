// A standby knows less than the primary, and does not know how much less: whatever it answers, it decides nothing.

import { randomBytes } from 'node:crypto'
import type { Mark, Store } from 'latchkey'
import type { PostgresPool } from 'latchkey/postgres'
import { inspectPostgres, postgresStore } from 'latchkey/postgres'
import { sampleSession } from 'latchkey/testing'
import type { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, postgresMissing, startReplicated, until, type PostgresServer } from '../../helpers/postgres.ts'
import { begin, openPool, openStore, stepFrom } from '../../helpers/postgres-stores.ts'

const counter: Omit<Mark, 'add'> = { key: 'one', at: 0, expiresAt: 1, replace: false }

const verbs: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  identify: (store) => store.identify({ environment: randomBytes(16).toString('base64url'), keys: new Map() }),
  insert: (store) => store.insert(sampleSession({ authTime: 0 }), { max: 1, evict: false }),
  find: (store) => store.find('0'.repeat(32)),
  findPublic: (store) => store.findPublic('ada', 'A'.repeat(22)),
  advance: (store) => store.advance(stepFrom(sampleSession(), 1)),
  list: (store) => store.list({ subject: 'nobody', limit: 1 }),
  revoke: (store) => store.revoke('0'.repeat(32), { at: 1, reason: 'revoked' }),
  revokeAll: (store) => store.revokeAll('nobody', { at: 1, reason: 'revoked' }),
  sweep: (store) => store.sweep({ before: 0, limit: 1 }),
  revokedSince: (store) => store.revokedSince(Number.MAX_SAFE_INTEGER, 1),
  readKeys: (store) => store.readKeys(),
  writeKeys: (store) => store.writeKeys('sealed', 7),
  'mark, which counts': (store) => store.mark({ ...counter, add: 1 }),
  'mark, which reads': (store) => store.mark({ ...counter, add: 0 }),
  unmark: (store) => store.unmark('one'),
  ping: (store) => store.ping(),
}

describe.skipIf(postgresMissing !== null)('a standby', () => {
  let primary: PostgresServer
  let standby: PostgresServer
  beforeAll(async () => void ({ primary, standby } = await startReplicated()))
  afterAll(async () => {
    await standby.remove()
    await primary.remove()
  })

  /** A store whose connections lead from some moment on to the standby, as those of a name do that was pointed there. */
  async function openMoving(): Promise<{ store: Store; move: () => void }> {
    const pools = [openPool(primary), openPool(standby)] as [Pool, Pool]
    let [pool] = pools
    const moving: PostgresPool = { query: (query) => pool.query(query), connect: () => pool.connect() }
    const store = await openStore({ pool: moving })
    return { store, move: () => void (pool = pools[1]) }
  }

  const standbyHas = (sid: string): Promise<void> =>
    until(async () => {
      const rows = await ask(standby, `SELECT 1 FROM latchkey.sessions WHERE sid = $1`, [sid]).catch(() => [])
      return rows.length === 1
    }, 'the standby')

  test.each(Object.entries(verbs))(
    'is an outage for %s, also where there is nothing to find (I3)',
    async (_name, verb) => {
      const { store, move } = await openMoving()
      await standbyHas((await begin(store)).sid)
      move()
      await expect(verb(store)).rejects.toThrow(/standby|read-only|recovery/)
    },
  )

  test('is no place to open a store, and the doctor says so', async () => {
    await openMoving()
    await expect(postgresStore({ pool: standby.url() })).rejects.toThrow(/recovery/)
    const { warnings } = await inspectPostgres(openPool(standby), 'latchkey')
    expect(warnings.join(' ')).toContain('This is a standby')
    expect((await inspectPostgres(openPool(primary), 'latchkey')).warnings.join(' ')).toContain('asynchronous')
  })

  test('serves when it has become the primary, and who was ended stays so (I10)', async () => {
    const { store, move } = await openMoving()
    const [kept, ended] = [await begin(store), await begin(store)]
    await store.revoke(ended.sid, { at: 1, reason: 'signed_out' })
    await standbyHas(kept.sid)
    await until(async () => {
      const [row] = await ask(standby, 'SELECT revoked_at FROM latchkey.sessions WHERE sid = $1', [ended.sid])
      return row?.['revoked_at'] === '1'
    }, 'the standby')
    await primary.kill()
    await ask(standby, 'SELECT pg_promote()')
    move()
    expect((await store.advance(stepFrom(kept, 1)))?.generation).toBe(2)
    expect(await store.advance(stepFrom(ended, 1))).toBeNull()
  })
})
