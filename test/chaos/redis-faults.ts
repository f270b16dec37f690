// What can break in a Redis that has replicas: a primary dies with writes that no replica has, and a replica takes its
// place. So that there certainly are such writes, the link between the two is cut a moment before: a stopped replica
// alone would still find them in its socket when it goes on.

import { ask, until, type RedisServer } from '../helpers/redis.ts'
import type { FaultKind } from './faults.ts'
import { sleep } from './world.ts'

const unreplicatedMs = 350
const promotionMs = 20_000

interface Role {
  readonly isPrimary: boolean
  /** The port of the primary that a replica follows, while the link is up. */
  readonly follows: number | null
}

async function roleOf(server: RedisServer): Promise<Role> {
  const [role, , port, link] = (await ask(server, 'ROLE').catch(() => '')).split('\n')
  return { isPrimary: role === 'master', follows: role === 'slave' && link === 'connected' ? Number(port) : null }
}

interface Pair {
  readonly primary: RedisServer
  readonly replica: RedisServer
}

// The primaries that have a replica in step.
async function pairsOf(servers: readonly RedisServer[]): Promise<Pair[]> {
  const roles = await Promise.all(servers.map(async (server) => ({ server, ...(await roleOf(server)) })))
  return roles.flatMap(({ server, follows }) => {
    const primary = roles.find((one) => one.isPrimary && one.server.port === follows)?.server
    return primary === undefined ? [] : [{ primary, replica: server }]
  })
}

/** Whether a failover to this primary is over. */
type IsOver = (primary: RedisServer) => Promise<boolean>

/** Some of the answers to SENTINEL MASTERS: who, and whether anything is the matter with him. */
const believedBy = async (sentinel: RedisServer): Promise<string> => {
  const lines = (await ask(sentinel, 'SENTINEL', 'MASTERS')).split('\n')
  return ['port', 'flags', 'num-slaves'].map((name) => lines[lines.indexOf(name) + 1]).join(' ')
}

/** Whether all sentinels are done with a failover and see the new primary, beside its one replica. */
export const sentinelsAgree =
  (sentinels: readonly RedisServer[]) =>
  async (primary: RedisServer): Promise<boolean> => {
    const believed = await Promise.all(sentinels.map(believedBy))
    return believed.every((each) => each === `${primary.port} master 1`)
  }

/** Whether the new primary says that all slots of its cluster are served. */
export const clusterIsWhole = async (primary: RedisServer): Promise<boolean> =>
  (await ask(primary, 'CLUSTER', 'INFO')).includes('cluster_state:ok')

const failover = (servers: readonly RedisServer[], primaries: number, isOver: IsOver): FaultKind => ({
  what: 'a primary killed, a replica promoted',
  strike: async ({ world, chance }) => {
    await until(async () => (await pairsOf(servers)).length === primaries, 'replicas in step', promotionMs)
    const { primary, replica } = chance.pick(await pairsOf(servers))
    const losesSinceAt = world.history.now()
    replica.pause()
    await ask(primary, 'CLIENT', 'KILL', 'TYPE', 'replica')
    await sleep(unreplicatedMs)
    await primary.kill()
    replica.resume()
    await until(async () => (await roleOf(replica)).isPrimary, 'a replica promoted', promotionMs)
    await until(() => isOver(replica), 'the failover over', promotionMs)
    await sleep(chance.between(0, 1000))
    await primary.start()
    // Sentinels would say so too, after ten seconds; in a cluster it is refused, and not needed.
    await ask(primary, 'REPLICAOF', '127.0.0.1', String(replica.port)).catch(() => '')
    await until(async () => (await roleOf(primary)).follows === replica.port, 'the old primary a replica', promotionMs)
    return { losesSinceAt }
  },
})

// Every client's connection to every server is closed by the server.
const clientsCut = (servers: readonly RedisServer[]): FaultKind => ({
  what: 'all connections closed',
  strike: async () => {
    for (const type of ['normal', 'pubsub']) {
      await Promise.all(servers.map((server) => ask(server, 'CLIENT', 'KILL', 'TYPE', type).catch(() => '')))
    }
    return {}
  },
})

// A primary stops for less time than it takes to be replaced.
const primaryStopped = (servers: readonly RedisServer[]): FaultKind => ({
  what: 'a primary stopped for a moment',
  strike: async ({ chance }) => {
    const { primary } = chance.pick(await pairsOf(servers))
    primary.pause()
    await sleep(chance.between(100, 350))
    primary.resume()
    return {}
  },
})

// A primary stops for so long that a replica takes its place, and then goes on, believing that it is the primary, until
// it is told otherwise.
const primaryReplaced = (servers: readonly RedisServer[], primaries: number, isOver: IsOver): FaultKind => ({
  what: 'a primary stopped, replaced, and going on',
  strike: async ({ world, chance }) => {
    await until(async () => (await pairsOf(servers)).length === primaries, 'replicas in step', promotionMs)
    const { primary, replica } = chance.pick(await pairsOf(servers))
    const losesSinceAt = world.history.now()
    primary.pause()
    await until(async () => (await roleOf(replica)).isPrimary, 'a replica promoted', promotionMs)
    await until(() => isOver(replica), 'the failover over', promotionMs)
    await sleep(chance.between(0, 1000))
    primary.resume()
    await until(async () => (await roleOf(primary)).follows === replica.port, 'the old primary a replica', promotionMs)
    return { losesSinceAt }
  },
})

/** All that can happen to the servers of a Sentinel set or a cluster, which has so many primaries with a replica each. */
export const replicaFaults = (servers: readonly RedisServer[], primaries: number, isOver: IsOver): FaultKind[] => [
  failover(servers, primaries, isOver),
  primaryReplaced(servers, primaries, isOver),
  primaryStopped(servers),
  clientsCut(servers),
]
