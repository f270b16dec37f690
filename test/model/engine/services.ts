// The servers under the sequences: started when the first run wants them, ended when the file is done.

import { Cluster, Redis } from 'ioredis'
import { postgresMissing, startPostgres, type PostgresServer } from '../../helpers/postgres.ts'
import { redisMissing, startRedis, startRedisCluster } from '../../helpers/redis.ts'
import { onPostgres, onRedis, type Backing } from './backings.ts'

interface Service {
  /** Why there is none on this machine, or null. */
  readonly missing: string | null
  readonly make: () => Promise<Backing>
}

const stops: (() => Promise<unknown>)[] = []

export async function stopServices(): Promise<void> {
  for (const stop of stops.splice(0).toReversed()) await stop()
}

let postgres: Promise<PostgresServer> | undefined
let redis: Promise<{ url: string; raw: Redis }> | undefined
let cluster: Promise<{ url: string; raw: Cluster }> | undefined

export const postgresBacking: Service = {
  missing: postgresMissing,
  make: async () => {
    postgres ??= openPostgres()
    return onPostgres((await postgres).url())
  },
}

export const redisBacking: Service = {
  missing: redisMissing,
  make: async () => {
    redis ??= openRedis()
    const { url, raw } = await redis
    return onRedis(url, raw)
  },
}

export const clusterBacking: Service = {
  missing: redisMissing,
  make: async () => {
    cluster ??= openCluster()
    const { url, raw } = await cluster
    return onRedis(url, raw)
  },
}

async function openPostgres(): Promise<PostgresServer> {
  const server = await startPostgres({ settings: { fsync: 'off' } })
  stops.push(() => server.remove())
  return server
}

async function openRedis(): Promise<{ url: string; raw: Redis }> {
  const server = await startRedis()
  const raw = new Redis(server.url)
  stops.push(
    () => server.remove(),
    () => raw.quit(),
  )
  return { url: server.url, raw }
}

async function openCluster(): Promise<{ url: string; raw: Cluster }> {
  const running = await startRedisCluster({ primaries: 3, replicas: 0 })
  const raw = new Cluster(running.nodes.map(({ port }) => ({ host: '127.0.0.1', port })))
  await new Promise<void>((resolve) => void raw.once('ready', () => resolve()))
  stops.push(
    () => running.remove(),
    () => raw.quit(),
  )
  return { url: running.url, raw }
}
