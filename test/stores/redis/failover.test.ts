// A primary dies and a replica takes over: the store goes on by itself, and what was acknowledged before is still there.
// Whatever happens meanwhile is an outage, never an answer that looks like a refusal (I3).

import { setImmediate as immediate } from 'node:timers/promises'
import { sampleSession } from 'latchkey/testing'
import { redisStore } from 'latchkey/redis'
import type { Session, Store } from 'latchkey'
import { Cluster, Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { ask, follows, redisMissing, startRedisCluster, startSentinels, until } from '../../helpers/redis.ts'

const begun = 1_700_000_000_000
const roomy = { max: 1000, evict: true }
const patienceMs = 20_000

const advance = (store: Store, { sid, client, idleExpiresAt }: Session, from: number): Promise<Session | null> =>
  store.advance({ sid, from, to: from + 1, at: begun + from, idleExpiresAt, client, thumbprint: null })

interface Tally {
  readonly outages: number
  readonly generations: readonly number[]
}

/** Renews each session by turns for as long as it is told to; a null is a session that the store says it does not have at that generation. */
async function renewing(store: Store, sessions: readonly Session[], goOn: () => boolean): Promise<Tally> {
  const generations = sessions.map(() => 1)
  let outages = 0
  for (let turn = 0; goOn(); turn += 1) {
    const index = turn % sessions.length
    const session = sessions[index]!
    try {
      const row = await advance(store, session, generations[index]!)
      // The answer before may have been lost, or the write: the row says how far it is, and is there.
      generations[index] = row?.generation ?? (await store.find(session.sid))?.generation ?? -1
      expect(generations[index]).toBeGreaterThan(0)
    } catch (error) {
      if (error instanceof Error && error.name === 'AssertionError') throw error
      outages += 1
      // Others must have their turn: what refuses at once would otherwise be asked for ever.
      await immediate()
    }
  }
  return { outages, generations }
}

async function survives(store: Store, subject: string, failover: () => Promise<void>): Promise<void> {
  const sessions = Array.from({ length: 30 }, () => sampleSession({ subject }))
  for (const session of sessions) expect((await store.insert(session, roomy)).inserted).toBe(true)
  let over = false
  const told: string[] = []
  const stop = store.watch({
    revoked: () => told.push('revoked'),
    changed: () => told.push('changed'),
    lost: () => told.push('lost'),
  })
  await until(() => told.length > 0, 'the feed')
  const renewals = renewing(store, sessions, () => !over)
  await failover()
  await until(async () => works(store), 'the store to work again', patienceMs)
  over = true
  const { generations } = await renewals
  expect(Math.min(...generations)).toBeGreaterThan(0)
  for (const session of sessions) {
    const { generation } = (await store.find(session.sid))!
    expect((await advance(store, session, generation))?.generation).toBe(generation + 1)
  }
  await until(() => told.lastIndexOf('changed') > told.lastIndexOf('lost'), 'the feed to be back', patienceMs)
  expect(await store.revokeAll(subject, { at: begun + 1, reason: 'revoked' })).toHaveLength(sessions.length)
  expect(await store.list({ subject, liveAt: begun + 1, limit: 100 })).toEqual([])
  await until(() => told.at(-1) === 'revoked', 'the feed to tell', patienceMs)
  stop()
}

// All slots, that is: in a cluster only one of three primaries is away.
async function works(store: Store): Promise<boolean> {
  const answers = await Promise.allSettled(Array.from({ length: 40 }, () => store.find(sampleSession().sid)))
  return answers.every(({ status }) => status === 'fulfilled')
}

describe.skipIf(redisMissing !== null)('after a failover', () => {
  for (const client of ['@redis/client', 'ioredis'] as const) {
    test(`of a primary watched by sentinels, the store goes on by itself (${client})`, async () => {
      const watched = await startSentinels()
      const addresses = watched.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))
      const own = client === 'ioredis' ? new Redis({ sentinels: addresses, name: 'latchkey' }) : null
      try {
        const store = await redisStore({ client: own ?? watched.url })
        await survives(store, 'ada', () => watched.primary.kill())
        await store.close()
      } finally {
        own?.disconnect()
        await watched.remove()
      }
    })

    test(`of a cluster's primary, the store goes on by itself (${client})`, async () => {
      const cluster = await startRedisCluster({ primaries: 3, replicas: 1 })
      const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
      const own = client === 'ioredis' ? new Cluster(nodes) : null
      try {
        const store = await redisStore({ client: own ?? cluster.url })
        await survives(store, 'ada', async () => {
          const [first] = await cluster.primaries()
          await first?.kill()
        })
        await store.close()
      } finally {
        own?.disconnect()
        await cluster.remove()
      }
    })

    test(`planned in a cluster, a write that waits for replicas finds the new primary (${client})`, async () => {
      const cluster = await startRedisCluster({ primaries: 3, replicas: 1 })
      const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
      const own = client === 'ioredis' ? new Cluster(nodes) : null
      try {
        const store = await redisStore({ client: own ?? cluster.url, replicas: 1 })
        const sessions = Array.from({ length: 40 }, () => sampleSession())
        for (const session of sessions) expect((await store.insert(session, roomy)).inserted).toBe(true)
        const before = await cluster.primaries()
        const next = cluster.nodes.filter((node) => !before.includes(node))
        await Promise.all(next.map((node) => ask(node, 'CLUSTER', 'FAILOVER')))
        await until(async () => (await cluster.primaries()).every((node) => next.includes(node)), 'the new primaries')
        for (const node of before) await until(() => follows(node), 'the new replicas')
        for (const { sid } of sessions) {
          expect((await store.revoke(sid, { at: begun, reason: 'revoked' }))?.revokedAt).toBe(begun)
        }
        await store.close()
      } finally {
        own?.disconnect()
        await cluster.remove()
      }
    })
  }
})
