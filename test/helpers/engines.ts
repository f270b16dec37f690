// The databases that several nodes can share, each ready for server processes: what to set, and how to take it away for
// a while. Users are in PostgreSQL beside the sessions, or with Redis in a file that the nodes of one machine share.

import { join } from 'node:path'
import { postgresMissing, startPostgres } from './postgres.ts'
import { redisMissing, startRedis } from './redis.ts'
import { freshFolder, removeFolder, TestServer, type Env } from './server.ts'

export const secret = 'a secret that all the nodes share alike'

/** A running database, and nodes on it. */
export interface Engine {
  readonly env: Env
  /** Starts a node in a folder of its own. */
  node(env?: Env): Promise<TestServer>
  /** Kills the database; `start` brings it back with what it had. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Ends every node and the database. */
  remove(): Promise<void>
}

interface Service {
  kill(): Promise<void>
  start(): Promise<void>
  remove(): Promise<void>
}

function engineOn(service: Service, settings: Env, folder: string): Engine {
  const env = { LATCHKEY_SECRET: secret, ...settings }
  const nodes: TestServer[] = []
  return {
    env,
    node: async (more = {}) => {
      const node = new TestServer({ ...env, ...more }, join(folder, `node${nodes.length}`))
      nodes.push(node)
      return node.start()
    },
    kill: () => service.kill(),
    start: () => service.start(),
    remove: async () => {
      await Promise.all(nodes.map((node) => node.kill()))
      await service.remove()
      removeFolder(folder)
    },
  }
}

async function onPostgres(): Promise<Engine> {
  const server = await startPostgres({ settings: { fsync: 'off' } })
  return engineOn(server, { LATCHKEY_DATABASE_URL: server.url() }, freshFolder())
}

async function onRedis(): Promise<Engine> {
  const server = await startRedis({ settings: { appendonly: 'yes' } })
  const folder = freshFolder()
  const users = `sqlite:${join(folder, 'users.db')}`
  return engineOn(server, { LATCHKEY_DATABASE_URL: server.url, LATCHKEY_USERS_URL: users }, folder)
}

/** Name, why it is not to be had here, and how to start it. */
export const engines: readonly (readonly [string, string | null, () => Promise<Engine>])[] = [
  ['PostgreSQL', postgresMissing, onPostgres],
  ['Redis', redisMissing, onRedis],
]
