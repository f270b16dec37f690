// Nodes whose sessions are in Redis: users, whom it does not keep, in one SQLite file beside, keys sealed in Redis.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { ServerNode } from './nodes.ts'

const secret = randomBytes(32).toString('hex')

export const redisNode = (folder: string, url: string, replicas: number): ServerNode =>
  new ServerNode(folder, {
    LATCHKEY_DATABASE_URL: url,
    LATCHKEY_USERS_URL: `sqlite:${join(folder, 'users.db')}`,
    LATCHKEY_REDIS_REPLICAS: String(replicas),
    LATCHKEY_SECRET: secret,
  })
