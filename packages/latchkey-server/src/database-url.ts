// Reads the URLs that say where rows are kept, and writes them so that anybody may read them: a URL may hold a password,
// which must never reach a message or a log (I4).

import { resolve } from 'node:path'

export interface SqliteDatabase {
  readonly engine: 'sqlite'
  readonly path: string
  readonly shown: string
}

interface ServerDatabase<Engine extends 'postgres' | 'redis'> {
  readonly engine: Engine
  /** May hold a password. */
  readonly url: string
  /** The same without user, password and parameters, for people. */
  readonly shown: string
}

export type PostgresDatabase = ServerDatabase<'postgres'>
export type RedisDatabase = ServerDatabase<'redis'>
export type Database = SqliteDatabase | PostgresDatabase | RedisDatabase

export const databaseKinds =
  'must be `sqlite:` and a path, `postgres://…`, `redis://…`, `rediss://…`, `redis+cluster://HOST:PORT,HOST:PORT` or `redis+sentinel://HOST:PORT,HOST:PORT/NAME`'

/** The database that a URL names; null where it is none of the kinds that are known. */
export function databaseOf(text: string): Database | null {
  const sqlite = /^sqlite:(?:\/\/(?=\/))?(.+)$/s.exec(text)?.[1]
  // A database in memory would be another one for each of the server's parts, and a file of that name a surprise.
  if (sqlite === ':memory:') return null
  if (sqlite !== undefined) return sqliteAt(resolve(sqlite))
  const url = { url: text, shown: shownOf(text) }
  // As the protocols have it, a list of hosts with ports is no URL, so Redis' own client reads those.
  if (/^redis\+(cluster|sentinel):\/\/[^\s/]/.test(text)) return { engine: 'redis', ...url }
  if (!URL.canParse(text)) return null
  if (/^rediss?:\/\/[^/]/.test(text)) return { engine: 'redis', ...url }
  return /^postgres(ql)?:\/\//.test(text) ? { engine: 'postgres', ...url } : null
}

export const sqliteAt = (path: string): SqliteDatabase => ({ engine: 'sqlite', path, shown: path })

// Up to the last @, because a password may hold one that nobody has escaped: rather show too little than too much.
const shownOf = (url: string): string => url.replace(/^([a-z+]+:\/\/)(?:.*@)?([^?#]*).*$/s, '$1$2')
