// Redis as it is run: one server, a primary with replicas under the eyes of sentinels, a cluster. All on loopback, with
// nothing kept on the disk unless a test asks for it.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { startProcess, type RedisServer } from './redis-process.ts'
import { freePort, until } from './services.ts'

export { redisMissing, type RedisServer } from './redis-process.ts'
export { until } from './services.ts'

const run = promisify(execFile)

export interface RedisOptions {
  /** Lines of its configuration, such as `appendonly: 'yes'`. */
  readonly settings?: Readonly<Record<string, string>>
}

const unkept = { save: '""', appendonly: 'no', 'repl-diskless-sync-delay': '0' }

const linesOf = (settings: Readonly<Record<string, string>>): string[] =>
  Object.entries({ ...unkept, ...settings }).map(([name, value]) => `${name} ${value}`)

/** One server. */
export const startRedis = ({ settings = {} }: RedisOptions = {}): Promise<RedisServer> =>
  startProcess({ program: 'redis-server', configuration: () => linesOf(settings) })

/** One command by redis-cli; its answer as raw text. Rejects where that is an error. */
export async function ask({ port }: Pick<RedisServer, 'port'>, ...command: readonly string[]): Promise<string> {
  const { stdout } = await run('redis-cli', ['-h', '127.0.0.1', '-p', String(port), '-e', '--raw', ...command])
  return stdout.trimEnd()
}

/** Whether the server is a primary. */
const isPrimary = async (server: RedisServer): Promise<boolean> =>
  (await ask(server, 'ROLE').catch(() => '')).startsWith('master')

export interface Sentinels {
  /** The primary at the beginning; afterwards, whoever says that he is one. */
  readonly primary: RedisServer
  readonly replicas: readonly RedisServer[]
  readonly sentinels: readonly RedisServer[]
  readonly url: string
  remove(): Promise<void>
}

const watchedName = 'latchkey'

/** A primary, replicas that are in step with it, and three sentinels that agree; a primary is down after half a second. */
export async function startSentinels(options: { readonly replicas?: 1 | 2 } = {}): Promise<Sentinels> {
  const primary = await startRedis()
  const replicaof = { settings: { replicaof: `127.0.0.1 ${primary.port}` } }
  const count = options.replicas ?? 1
  const replicas = await Promise.all(Array.from({ length: count }, () => startRedis(replicaof)))
  const configuration = (): string[] => [
    `sentinel monitor ${watchedName} 127.0.0.1 ${primary.port} 2`,
    `sentinel down-after-milliseconds ${watchedName} 500`,
    `sentinel failover-timeout ${watchedName} 2000`,
  ]
  const start = (): Promise<RedisServer> => startProcess({ program: 'redis-sentinel', configuration })
  const sentinels = await Promise.all([start(), start(), start()])
  const all = [...sentinels, ...replicas, primary]
  for (const replica of replicas) await until(() => follows(replica), 'the replicas')
  for (const sentinel of sentinels) await until(() => knowsAll(sentinel, count), 'the sentinels', 20_000)
  const addresses = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')
  const remove = async (): Promise<void> => {
    for (const server of all) await server.remove()
  }
  return { primary, replicas, sentinels, url: `redis+sentinel://${addresses}/${watchedName}`, remove }
}

/** Whether a replica has taken over what its primary holds, and follows. */
export const follows = async (replica: RedisServer): Promise<boolean> =>
  (await ask(replica, 'INFO', 'replication')).includes('master_link_status:up')

async function knowsAll(sentinel: RedisServer, replicas: number): Promise<boolean> {
  const lines = (await ask(sentinel, 'SENTINEL', 'MASTER', watchedName)).split('\n')
  const numberOf = (name: string): number => Number(lines[lines.indexOf(name) + 1])
  return numberOf('num-slaves') === replicas && numberOf('num-other-sentinels') === 2
}

export interface RedisCluster {
  readonly nodes: readonly RedisServer[]
  readonly url: string
  /** Those that say at this moment that they are primaries. */
  primaries(): Promise<RedisServer[]>
  remove(): Promise<void>
}

/** Three primaries that share the slots, each with a replica or without. */
export async function startRedisCluster(options: { primaries: 3; replicas: 0 | 1 }): Promise<RedisCluster> {
  const total = options.primaries * (1 + options.replicas)
  const nodes = await Promise.all(Array.from({ length: total }, startNode))
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  const create = ['--cluster', 'create', ...addresses, '--cluster-replicas', String(options.replicas), '--cluster-yes']
  await run('redis-cli', create)
  for (const node of nodes) await until(() => isWhole(node, total, options.replicas), 'the cluster', 20_000)
  const primaries = async (): Promise<RedisServer[]> => {
    const found = await Promise.all(nodes.map(async (node) => ((await isPrimary(node)) ? [node] : [])))
    return found.flat()
  }
  const remove = async (): Promise<void> => {
    for (const node of nodes) await node.remove()
  }
  return { nodes, url: `redis+cluster://${addresses.join(',')}`, primaries, remove }
}

async function startNode(): Promise<RedisServer> {
  const settings = {
    'cluster-enabled': 'yes',
    'cluster-config-file': 'nodes.conf',
    'cluster-node-timeout': '1000',
    'cluster-port': String(await freePort()),
    'cluster-allow-replica-migration': 'no',
  }
  return startRedis({ settings })
}

async function isWhole(node: RedisServer, total: number, replicas: 0 | 1): Promise<boolean> {
  const information = await ask(node, 'CLUSTER', 'INFO').catch(() => '')
  if (!/cluster_state:ok/.test(information) || !information.includes(`cluster_known_nodes:${total}`)) return false
  return replicas === 0 || (await isPrimary(node)) || follows(node)
}
