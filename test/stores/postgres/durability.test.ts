// What waits for the disk, and what does not. The server syncs its log so rarely here that only a commit that waits is
// synced soon, and the database's default is not to wait: whatever is durable is so because the store says it.

import type { Session, Store } from 'latchkey'
import { sampleSession } from 'latchkey/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, postgresMissing, startPostgres, type PostgresServer } from '../../helpers/postgres.ts'
import { begin, freshSchema, openPool, openStore, stepFrom } from '../../helpers/postgres-stores.ts'

const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  wal_writer_delay: '10s',
  wal_writer_flush_after: '1GB',
  autovacuum: 'off',
}

const acts: Readonly<Record<string, (store: Store, session: Session) => Promise<unknown>>> = {
  insert: (store) => begin(store),
  revoke: (store, { sid }) => store.revoke(sid, { at: 1, reason: 'signed_out' }),
  revokeAll: (store, { subject }) => store.revokeAll(subject, { at: 1, reason: 'signed_out_everywhere' }),
  'insert where it evicts': (store, { subject }) =>
    store.insert(sampleSession({ subject, authTime: 2 }), { max: 1, evict: true }),
  writeKeys: (store) => store.writeKeys('sealed', 0),
  identify: (store) =>
    store.identify({ environment: Buffer.alloc(16, 1).toString('base64url'), keys: new Map([[7, 'a']]) }),
}

const rotate = (store: Store, session: Session): Promise<unknown> => store.advance(stepFrom(session, 1))

describe.skipIf(postgresMissing !== null)('durability', () => {
  let server: PostgresServer
  beforeAll(async () => void (server = await startPostgres({ settings })))
  afterAll(() => server.remove())

  /** Whether the log is on the disk further than it was written before the act. */
  async function isSynced(act: () => Promise<unknown>): Promise<boolean> {
    const [before] = await ask(server, 'SELECT pg_current_wal_insert_lsn() AS lsn')
    await act()
    const [after] = await ask(server, 'SELECT pg_current_wal_flush_lsn() > $1::pg_lsn AS synced', [before?.['lsn']])
    return after?.['synced'] === true
  }

  test.each(Object.entries(acts))('%s is on the disk before it resolves', async (_name, act) => {
    const store = await openStore({ pool: server.url(), schema: freshSchema() })
    const session = await begin(store)
    // What others have left unsynced is not to be counted.
    for (let round = 0; round < 5; round += 1) await rotate(store, await begin(store, { subject: `bob ${round}` }))
    expect(await isSynced(() => act(store, session))).toBe(true)
  })

  test('a rotation is not waited for', async () => {
    const store = await openStore({ pool: server.url(), schema: freshSchema() })
    const synced: boolean[] = []
    for (let round = 0; round < 5; round += 1) {
      const session = await begin(store)
      synced.push(await isSynced(() => rotate(store, session)))
    }
    // The writer of the log may come by once in ten seconds.
    expect(synced.filter(Boolean).length).toBeLessThan(2)
  })

  test('a rotation is waited for where the application wants it', async () => {
    const store = await openStore({ pool: server.url(), schema: freshSchema(), rotations: 'synchronous' })
    for (let round = 0; round < 5; round += 1) {
      const session = await begin(store)
      expect(await isSynced(() => rotate(store, session))).toBe(true)
    }
  })

  test('a crash takes a rotation at most: whoever signed in is there, and whoever was ended is ended (I10)', async () => {
    const crashing = await startPostgres({ settings: { ...settings, fsync: 'on' } })
    try {
      const pool = { pool: crashing.url(), schema: freshSchema() }
      const store = await openStore(pool)
      const [kept, ended] = [await begin(store), await begin(store)]
      await store.revoke(ended.sid, { at: 1, reason: 'signed_out' })
      await rotate(store, kept)
      await crashing.kill()
      await crashing.start()
      const again = await openStore(pool)
      expect((await again.find(kept.sid))?.generation).toBe(1)
      expect((await again.find(ended.sid))?.revokedReason).toBe('signed_out')
      expect(await again.advance({ ...stepFrom(kept, 1), to: 3 })).not.toBeNull()
      await store.close()
      await again.close()
    } finally {
      await crashing.remove()
    }
  })

  test('leaves nothing behind on the connections of the application', async () => {
    const pool = openPool(server, 2)
    const store = await openStore({ pool, feed: server.url(), schema: freshSchema() })
    const session = await begin(store)
    await rotate(store, session)
    for (const act of Object.values(acts)) await act(store, session)
    await store.sweep({ before: 0, limit: 10 })
    await store.insert(session, { max: 10, evict: true }).catch(() => undefined)
    const clients = [await pool.connect(), await pool.connect()]
    for (const client of clients) {
      const { rows } = await client.query(`SELECT current_setting('synchronous_commit') AS commits,
        current_setting('lock_timeout') AS lock, current_setting('idle_in_transaction_session_timeout') AS idle,
        (SELECT count(*) FROM pg_prepared_statements)::int AS prepared,
        (SELECT count(*) FROM pg_listening_channels())::int AS listening,
        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')::int AS locks`)
      expect(rows).toEqual([{ commits: 'off', lock: '0', idle: '0', prepared: 0, listening: 0, locks: 0 }])
      client.release()
    }
  })
})
