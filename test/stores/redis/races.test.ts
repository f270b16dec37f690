// The races of a store that has no transaction over two keys, with an insertion stopped between its two steps: its
// client is the application's, and holds the second step back until it is let go.

import { sampleSession } from 'latchkey/testing'
import { redisStore } from 'latchkey/redis'
import type { Store } from 'latchkey'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { add } from '../../../packages/latchkey/src/stores/redis/scripts.ts'
import { ask, redisMissing, startRedis, until, type RedisServer } from '../../helpers/redis.ts'

const begun = 1_700_000_000_000
const roomy = { max: 100, evict: true }
const everywhere = { at: begun + 1000, reason: 'signed_out_everywhere' } as const

/** An ioredis client whose commands can be held back: those that add a row wait until they are let go. */
interface Holding {
  readonly client: Redis
  /** How many have come to the gate. */
  readonly held: () => number
  readonly letGo: () => void
}

function holding(port: number): Holding {
  const client = new Redis(port)
  let held = 0
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const send = client.callBuffer.bind(client) as (...command: unknown[]) => Promise<unknown>
  const callBuffer = async (...command: unknown[]): Promise<unknown> => {
    if (command[1] === add.sha) {
      held += 1
      await gate
    }
    return send(...command)
  }
  return { client: Object.assign(client, { callBuffer }), held: () => held, letGo: () => open() }
}

describe.skipIf(redisMissing !== null)('an insertion stopped between reservation and row', () => {
  let server: RedisServer
  let gate: Holding
  let client: Redis
  let slow: Store
  let store: Store
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.remove())
  beforeEach(async () => {
    gate = holding(server.port)
    client = gate.client
    slow = await redisStore({ client })
    store = await redisStore({ client: server.url })
  })
  afterEach(async () => {
    gate.letGo()
    await slow.close()
    await store.close()
    client.disconnect()
    await ask(server, 'FLUSHALL')
  })

  const reserved = (count = 1): Promise<void> => until(() => gate.held() === count, 'the reservation')

  test('is refused where its subject was signed out everywhere meanwhile (I10)', async () => {
    const session = sampleSession()
    const insertion = slow.insert(session, roomy)
    await reserved()
    expect(await store.revokeAll('ada', everywhere)).toEqual([])
    gate.letGo()
    expect(await insertion).toEqual({ inserted: false, because: 'revoked' })
    expect(await store.find(session.sid)).toBeNull()
    expect(await store.list({ subject: 'ada', limit: 10 })).toEqual([])
    expect(await ask(server, 'ZRANGE', 'latchkey:u:ada', '0', '-1')).toBe(String(everywhere.at))
  })

  test('is refused where all others of its subject were ended, though later ones are not', async () => {
    const kept = sampleSession()
    await store.insert(kept, roomy)
    const insertion = slow.insert(sampleSession(), roomy)
    await reserved()
    expect(await store.revokeAll('ada', { ...everywhere, exceptSid: kept.sid })).toEqual([])
    gate.letGo()
    expect(await insertion).toEqual({ inserted: false, because: 'revoked' })
    expect((await store.insert(sampleSession(), roomy)).inserted).toBe(true)
  })

  test('does not land when its reservation has grown too old for the tombstone (I10)', async () => {
    const session = sampleSession()
    await store.insert(session, roomy)
    const row = Buffer.from('row')
    const seconds = Number((await client.time())[0])
    const land = (reservedAt: number): Promise<unknown> =>
      client.eval(add.text, 1, 'latchkey:s:other', row, '60000', String(reservedAt * 1000))
    expect(await land(seconds - 62)).toBe(-1)
    expect(await client.exists('latchkey:s:other')).toBe(0)
    expect(await land(seconds - 58)).toBe(1)
  })

  test('counts in the bound: whoever may not evict is refused at once', async () => {
    const insertion = slow.insert(sampleSession(), { max: 1, evict: false })
    await reserved()
    const refused = await store.insert(sampleSession(), { max: 1, evict: false })
    expect(refused).toEqual({ inserted: false, because: 'full' })
    gate.letGo()
    expect((await insertion).inserted).toBe(true)
  })

  test('is waited for where all places are held by such, and then makes room', async () => {
    const first = sampleSession()
    const insertion = slow.insert(first, { max: 1, evict: true })
    await reserved()
    const following = store.insert(sampleSession({ createdAt: begun + 1 }), { max: 1, evict: true })
    await until(async () => Number(await ask(server, 'ZCARD', 'latchkey:u:ada')) === 1, 'the reservation')
    gate.letGo()
    expect(await insertion).toEqual({ inserted: true, evicted: [] })
    const { evicted } = (await following) as { evicted: readonly { sid: string }[] }
    expect(evicted.map(({ sid }) => sid)).toEqual([first.sid])
  })

  test('rejects when nobody waits for it any more, and leaves others their bound after a minute', async () => {
    const controller = new AbortController()
    const insertion = slow.insert(sampleSession(), { max: 1, evict: false }, controller.signal)
    await reserved()
    controller.abort()
    await expect(insertion).rejects.toThrow()
    const later = sampleSession({ createdAt: begun + 61_000 })
    expect((await store.insert(later, { max: 1, evict: false })).inserted).toBe(true)
  })

  test('evicts through several openings as many as needed and no more, however they race (I7)', async () => {
    gate.letGo()
    for (let round = 0; round < 10; round += 1) {
      const subject = `racer ${round}`
      const act = (index: number): ReturnType<Store['insert']> =>
        [slow, store][index % 2]!.insert(sampleSession({ subject, createdAt: begun + index }), { max: 3, evict: true })
      const insertions = await Promise.all(Array.from({ length: 16 }, (_, index) => act(index)))
      const evicted = insertions.flatMap((insertion) => (insertion.inserted ? insertion.evicted : []))
      expect(new Set(evicted.map(({ sid }) => sid)).size).toBe(13)
      expect(evicted).toHaveLength(13)
      expect(await store.list({ subject, liveAt: begun + 100, limit: 100 })).toHaveLength(3)
    }
  })
})
