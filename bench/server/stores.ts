// Opens a store by its name, with its defaults. What an engine's client needs is loaded only where that engine is
// measured, so that no other case carries it.

import type { Store } from 'latchkey'
import { sqliteStore } from 'latchkey/sqlite'

export type StoreName = 'sqlite' | 'postgres' | 'redis'

/** `place` is a path or a URL. */
export async function openStore(name: StoreName, place: string): Promise<Store> {
  if (name === 'postgres') return (await import('latchkey/postgres')).postgresStore({ pool: place })
  if (name === 'redis') return (await import('latchkey/redis')).redisStore({ client: place })
  return sqliteStore(place)
}
