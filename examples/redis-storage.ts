// A client's session in Redis, for processes on several machines: whoever comes first renews, the others wait and read.

import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { createClient as createRedis } from '@redis/client'
import type { ClientStorage, Kept } from 'latchkey/client'

/** Longer than any renewal takes (8 seconds), so that only a holder who has died loses it by the clock. */
const lockMs = 15_000
const deleteIfSame = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end`

/** Keeps one session under this name, and its lock beside it. */
export function redisStorage(redis: ReturnType<typeof createRedis>, name: string): ClientStorage {
  const drop = (key: string, value: string): Promise<unknown> =>
    redis.eval(deleteIfSame, { keys: [key], arguments: [value] })
  const readText = async (sessionId?: string): Promise<string | null> => {
    const text = await redis.get(name)
    return text === null || ![undefined, (JSON.parse(text) as Kept).sessionId].includes(sessionId) ? null : text
  }
  return {
    read: async (sessionId) => JSON.parse((await readText(sessionId)) ?? 'null') as Kept | null,
    // Only texts come here, because this storage does not say `keepsKeys`.
    write: async (kept) => void (await redis.set(name, JSON.stringify(kept))),
    remove: async (sessionId) => {
      const text = await readText(sessionId)
      if (text !== null) await drop(name, text)
    },
    lock: async (work, waitMs) => {
      const [key, mine, giveUpAt] = [`${name}:lock`, randomUUID(), performance.now() + waitMs]
      while ((await redis.set(key, mine, { condition: 'NX', expiration: { type: 'PX', value: lockMs } })) === null) {
        if (performance.now() >= giveUpAt) throw new DOMException('somebody else renews', 'TimeoutError')
        await pause(20 + Math.random() * 20)
      }
      try {
        return await work()
      } finally {
        await drop(key, mine)
      }
    },
  }
}
