// How the settings must fit together, and which may not be left as they are: a list of sentences each, for config.ts.

import type { Database } from './database-url.ts'
import { settings } from './settings.ts'

/** A misspelt setting must not pass for a set one. */
export function unknownIn(env: NodeJS.ProcessEnv): string[] {
  const known = new Set(settings.map(({ name }) => name))
  const unknown = Object.keys(env).filter((name) => name.startsWith('LATCHKEY_') && !known.has(name))
  return unknown.map((name) => `${name}: there is no such setting`)
}

/** What must not stay as it is where others can reach the server. */
export function defaultsInProduction(env: NodeJS.ProcessEnv, host: string): string[] {
  const local = ['127.0.0.1', 'localhost', '::1'].includes(host) && env['NODE_ENV'] !== 'production'
  if (local || env['LATCHKEY_ISSUER']) return []
  return ['LATCHKEY_ISSUER: must be set to the public URL in production, or where HOST is not this machine']
}

const usersNeeded =
  'LATCHKEY_USERS_URL: must be set where LATCHKEY_DATABASE_URL is Redis, which keeps no users: to `postgres://…`, or to `sqlite:` and a path where this is the only node'

/** What the settings say together. */
export interface Facts {
  readonly engine: Database['engine']
  readonly usersEngine: Database['engine']
  readonly hasSecret: boolean
  readonly hasKeys: boolean
}

/**
 * What does not fit together: a setting without effect must not pass for one that protects, and what several nodes share
 * must be given to all of them.
 */
export function misfits(env: NodeJS.ProcessEnv, { engine, usersEngine, hasSecret, hasKeys }: Facts): string[] {
  const onlyWith = (name: string, holds: boolean, what: string): string[] =>
    env[name] && !holds ? [`${name}: only with ${what}; take it away`] : []
  return [
    ...onlyWith('LATCHKEY_FEED_URL', engine === 'postgres', 'PostgreSQL in LATCHKEY_DATABASE_URL'),
    ...onlyWith('LATCHKEY_POSTGRES_ROTATIONS', engine === 'postgres', 'PostgreSQL in LATCHKEY_DATABASE_URL'),
    ...onlyWith('LATCHKEY_POSTGRES_SCHEMA', [engine, usersEngine].includes('postgres'), 'PostgreSQL'),
    ...onlyWith('LATCHKEY_REDIS_PREFIX', engine === 'redis', 'Redis in LATCHKEY_DATABASE_URL'),
    ...onlyWith('LATCHKEY_REDIS_REPLICAS', engine === 'redis', 'Redis in LATCHKEY_DATABASE_URL'),
    ...onlyWith('LATCHKEY_SIGNING_KEY_DAYS', hasSecret, 'LATCHKEY_SECRET'),
    ...onlyWith('LATCHKEY_KEY_LEAD_SECONDS', hasSecret, 'LATCHKEY_SECRET'),
    ...onlyWith('LATCHKEY_METRICS_HOST', Boolean(env['LATCHKEY_METRICS_PORT']), 'LATCHKEY_METRICS_PORT'),
    ...(usersEngine === 'redis' ? [usersNeeded] : []),
    ...(hasSecret && hasKeys ? ['LATCHKEY_SECRET: set it or LATCHKEY_KEYS, and not both'] : []),
    ...(engine !== 'sqlite' && !hasSecret && !hasKeys ? [secretNeeded] : []),
  ]
}

const secretNeeded =
  'LATCHKEY_SECRET: must be set with PostgreSQL and Redis, to the same random text on every node (`openssl rand -base64 32` makes one), unless LATCHKEY_KEYS is'
