// What a hostile reading found in the store on Redis, and what holds since.

import { createClient } from '@redis/client'
import { createLatchkey, type Store } from 'latchkey'
import { redisStore } from 'latchkey/redis'
import { sampleSession } from 'latchkey/testing'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { codeOf, issuer, keys, plain } from '../../helpers/engine.ts'
import { ask, follows, redisMissing, startRedis, until, type RedisServer } from '../../helpers/redis.ts'

const begun = 1_700_000_000_000
const everywhere = { at: begun + 1_000_000, reason: 'signed_out_everywhere' } as const

describe.skipIf(redisMissing !== null)('the store on Redis, attacked', () => {
  let server: RedisServer
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.remove())
  afterEach(async () => void (await ask(server, 'FLUSHALL')))

  const open = async (client: Parameters<typeof redisStore>[0]['client'] = server.url): Promise<Store> => {
    const store = await redisStore({ client })
    onTestFinished(() => store.close())
    return store
  }

  /** The application's client, which loses its connection when `breaks` says so, before the command is sent. */
  async function breakingClient(breaks: (command: readonly unknown[]) => boolean) {
    const client = createClient({ url: server.url })
    client.on('error', () => undefined)
    await client.connect()
    onTestFinished(() => client.destroy())
    return new Proxy(client, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        if (name !== 'sendCommand') return member.bind(target)
        return async (command: readonly unknown[], options: object) => {
          if (breaks(command)) throw new Error('Socket closed unexpectedly')
          return member.call(target, command, options)
        }
      },
    })
  }

  test('ends all sessions of a subject that has begun and ended very many in a day (I10)', async () => {
    const store = await open()
    const many = 10_100
    for (let from = 0; from < many; from += 100) {
      await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const session = sampleSession({ createdAt: begun + from + index })
          await store.insert(session, { max: 1000, evict: true })
          if (from + index < many - 5)
            await store.revoke(session.sid, { at: begun + from + index, reason: 'signed_out' })
        }),
      )
    }
    const outcome = async (): Promise<unknown> =>
      store.revokeAll('ada', everywhere).then(
        (rows) => rows.length,
        (error: unknown) => String(error),
      )
    const outcomes = [await outcome(), await outcome(), await outcome()]
    let live: readonly unknown[] = []
    const listing = async (): Promise<boolean> => {
      live = await store.list({ subject: 'ada', liveAt: everywhere.at, limit: 10 })
      return true
    }
    await until(() => listing().catch(() => false), 'the list', 20_000)
    // The newest are never reached, however often the owner tries: whoever begins sessions enough keeps his own.
    expect([outcomes, live.length]).toEqual([[5, 0, 0], 0])
  }, 120_000)

  test('finds a session of such a subject by its public id', async () => {
    const store = await open()
    const first = sampleSession()
    await store.insert(first, { max: 20_000, evict: true })
    const live = Array.from({ length: 10_000 }, (_, index) => sampleSession({ createdAt: begun + index }))
    for (let from = 0; from < live.length; from += 100) {
      await Promise.all(live.slice(from, from + 100).map((each) => store.insert(each, { max: 20_000, evict: true })))
    }
    const found = await store.findPublic('ada', first.publicId).then(
      (row) => row?.sid,
      (error: unknown) => String(error),
    )
    expect(found).toBe(first.sid)
  }, 120_000)

  test('a sign-in that failed on the way is no session: the next is not refused as one too many (I3)', async () => {
    let calls = 0
    // reserve is sent, add is not: the connection is lost between the two.
    const store = await open(await breakingClient((command) => command[0] === 'EVALSHA' && (calls += 1) === 3))
    const bound = { max: 1, evict: false }
    calls = 1
    await expect(store.insert(sampleSession(), bound)).rejects.toThrow()
    expect(await store.insert(sampleSession({ createdAt: begun + 2000 }), bound)).toEqual({
      inserted: true,
      evicted: [],
    })
  })

  test('the repeat of a sign-out by public id tells the other nodes, where the first could not (I10)', async () => {
    let breaking = false
    const client = await breakingClient((command) => breaking && command.some((part) => part === 'latchkey:revoked'))
    const [a, b] = [
      await createLatchkey({ issuer, keys, store: await redisStore({ client }) }),
      await createLatchkey({ issuer, keys, store: await redisStore({ client: server.url }) }),
    ]
    onTestFinished(async () => void (await Promise.all([a.close(), b.close()])))
    const { accessToken, session } = await a.signIn(plain)
    expect(await codeOf(b.verify(accessToken))).toBe('ok')
    breaking = true
    expect(await codeOf(a.revoke('ada', session.id))).toBe('store_unavailable')
    breaking = false
    expect(await codeOf(a.revoke('ada', session.id))).toBe('ok')
    // The feed's past, which every node loads, and which is all that a new node goes by.
    expect(await ask(server, 'ZCARD', 'latchkey:revoked')).toBe('1')
  })

  test('the repeat of a sign-out by public id waits for replicas as the first did (I10)', async () => {
    const primary = await startRedis()
    const replica = await startRedis({ settings: { replicaof: `127.0.0.1 ${primary.port}` } })
    try {
      await until(() => follows(replica), 'the replica')
      const store = await redisStore({ client: primary.url, replicas: 1, replicasMs: 2000 })
      const node = await createLatchkey({ issuer, keys, store })
      const { session } = await node.signIn(plain)
      replica.pause()
      expect(await codeOf(node.revoke('ada', session.id))).toBe('store_unavailable')
      const second = await codeOf(node.revoke('ada', session.id))
      replica.resume()
      await node.close()
      expect(second).toBe('store_unavailable')
    } finally {
      await replica.remove()
      await primary.remove()
    }
  })
})
