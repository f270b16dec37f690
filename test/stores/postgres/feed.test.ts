// The listener on a real server: what it tells, that it knows when it is deaf, and that it comes back.

import type { Revocation, Store } from 'latchkey'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, postgresMissing, startPostgres, until, type PostgresServer } from '../../helpers/postgres.ts'
import { begin, freshSchema, openPool, openStore, openStores } from '../../helpers/postgres-stores.ts'

interface Heard {
  readonly states: string[]
  readonly entries: Revocation[]
}

/** Begins to watch; resolves when the store tells. */
async function hear(store: Store): Promise<Heard> {
  const heard: Heard = { states: [], entries: [] }
  store.watch({
    revoked: (entries) => void heard.entries.push(...entries),
    changed: () => void heard.states.push('changed'),
    lost: () => void heard.states.push('lost'),
  })
  await until(() => heard.states.includes('changed'), 'the first word')
  return heard
}

describe.skipIf(postgresMissing !== null)('the feed', () => {
  let server: PostgresServer
  beforeAll(async () => void (server = await startPostgres({ settings: { fsync: 'off' } })))
  afterAll(() => server.remove())

  const listeners = (name: string): Promise<Record<string, unknown>[]> =>
    ask(server, 'SELECT pid FROM pg_stat_activity WHERE application_name = $1', [name])

  test('tells what another has revoked, by name, and not what the store has revoked itself', async () => {
    const [one, other] = await openStores(server, 2)
    const heard = await hear(one!)
    const [mine, his] = [await begin(one!), await begin(one!)]
    await one!.revoke(mine.sid, { at: 5, reason: 'signed_out' })
    await other!.revoke(his.sid, { at: 7, reason: 'signed_out' })
    await until(() => heard.entries.length > 0, 'the revocation')
    expect(heard).toEqual({ states: ['changed'], entries: [{ publicId: his.publicId, revokedAt: 7 }] })
  })

  test('tells of each of a thousand who are signed out everywhere, and of those who made room', async () => {
    const [one, other] = await openStores(server, 2)
    const heard = await hear(one!)
    const sessions = await Promise.all(Array.from({ length: 1000 }, () => begin(other!, { authTime: 3 })))
    await other!.revokeAll('ada', { at: 1, reason: 'signed_out_everywhere' })
    await until(() => heard.entries.length === 1000, 'all of them')
    const ids = (entries: readonly { readonly publicId: string }[]) => entries.map(({ publicId }) => publicId).sort()
    expect(ids(heard.entries)).toEqual(ids(sessions))
    const oldest = await begin(other!, { authTime: 3 })
    await other!.insert({ ...oldest, sid: 'f'.repeat(32) }, { max: 1, evict: true })
    await until(() => heard.entries.length === 1001, 'the one who made room')
    expect(heard.entries.at(-1)?.publicId).toBe(oldest.publicId)
  })

  test('says that anything may have changed where another has replaced the keys', async () => {
    const [one, other] = await openStores(server, 2)
    const heard = await hear(one!)
    await one!.writeKeys('first', 0)
    await other!.writeKeys('second', 1)
    await until(() => heard.states.length === 2, 'the keys')
    expect(heard.states).toEqual(['changed', 'changed'])
  })

  test('says that it is deaf when its connection ends, and loads again when it hears again', async () => {
    const name = freshSchema()
    const store = await openStore({
      pool: server.url(),
      feed: `${server.url()}?application_name=${name}`,
      schema: name,
    })
    const other = await openStore({ pool: server.url(), schema: name })
    const heard = await hear(store)
    await ask(server, `SELECT pg_terminate_backend($1)`, [(await listeners(name))[0]?.['pid']])
    await until(() => heard.states.length === 3, 'that it hears again')
    expect(heard.states).toEqual(['changed', 'lost', 'changed'])
    const { sid } = await begin(store)
    await other.revoke(sid, { at: 1, reason: 'signed_out' })
    await until(() => heard.entries.length === 1, 'a revocation after that')
  })

  test('finds out that a server has vanished without a word, and comes back when it is back', async () => {
    const frozen = await startPostgres({ settings: { fsync: 'off' } })
    try {
      const store = await openStore({ pool: frozen.url() })
      const heard = await hear(store)
      frozen.pause()
      await until(() => heard.states.includes('lost'), 'that it is deaf')
      frozen.resume()
      await until(() => heard.states.at(-1) === 'changed', 'that it hears again')
      await frozen.kill()
      await until(() => heard.states.at(-1) === 'lost', 'that it is deaf again')
      await frozen.start()
      await until(() => heard.states.at(-1) === 'changed', 'that it hears after a crash')
      await store.close()
    } finally {
      await frozen.remove()
    }
  })

  test('has one connection for all who watch, and none when nobody does', async () => {
    const name = freshSchema()
    const store = await openStore({
      pool: server.url(),
      feed: `${server.url()}?application_name=${name}`,
      schema: name,
    })
    const stops = Array.from({ length: 5 }, () =>
      store.watch({ revoked: () => undefined, changed: () => undefined, lost: () => undefined }),
    )
    await hear(store).then(({ states }) => expect(states).toEqual(['changed']))
    expect(await listeners(name)).toHaveLength(1)
    for (const stop of stops) stop()
    expect(await listeners(name)).toHaveLength(1)
    await store.close()
    await until(async () => (await listeners(name)).length === 0, 'the end of the connection')
  })

  test('tells who begins to watch later how things stand', async () => {
    const store = await openStore({ pool: server.url(), schema: freshSchema() })
    await hear(store)
    expect((await hear(store)).states).toEqual(['changed'])
  })

  test('does not take for listening what only looks like it', async () => {
    const elsewhere = openPool(server)
    await elsewhere.query('CREATE DATABASE elsewhere')
    const store = await openStore({ pool: server.url(), feed: server.url('elsewhere'), schema: freshSchema() })
    const states: string[] = []
    store.watch({
      revoked: () => undefined,
      changed: () => void states.push('changed'),
      lost: () => void states.push('lost'),
    })
    await until(() => states.length > 0, 'a word')
    expect(states).toEqual(['lost'])
  })
})
