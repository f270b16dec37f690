// The settings of the server: which databases can be named, what must be set beside them, and that whoever mistypes is
// told all of it without any of his secrets.

import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../../packages/latchkey-server/src/config.ts'
import { databaseOf } from '../../packages/latchkey-server/src/database-url.ts'
import { settings } from '../../packages/latchkey-server/src/settings.ts'

const secret = 'a secret that nobody could ever guess'
const postgres = 'postgres://ada:pass@db.example/latchkey'
const redis = 'redis://:pass@cache.example:6379'

type Env = Readonly<Record<string, string>>

const onPostgres: Env = { LATCHKEY_DATABASE_URL: postgres, LATCHKEY_SECRET: secret }
const onRedis: Env = { LATCHKEY_DATABASE_URL: redis, LATCHKEY_USERS_URL: postgres, LATCHKEY_SECRET: secret }

function faultsOf(env: Env): string {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

describe('the URL of a database', () => {
  test.each([
    ['sqlite:data/a.db', { engine: 'sqlite', path: resolve('data/a.db'), shown: resolve('data/a.db') }],
    ['sqlite:///srv/a.db', { engine: 'sqlite', path: '/srv/a.db', shown: '/srv/a.db' }],
    ['postgres://h/d', { engine: 'postgres', url: 'postgres://h/d', shown: 'postgres://h/d' }],
    ['postgresql://h:5433/d', { engine: 'postgres', url: 'postgresql://h:5433/d', shown: 'postgresql://h:5433/d' }],
    ['redis://h', { engine: 'redis', url: 'redis://h', shown: 'redis://h' }],
    ['rediss://h:1/2', { engine: 'redis', url: 'rediss://h:1/2', shown: 'rediss://h:1/2' }],
    ['redis+cluster://a:1,b:2', { engine: 'redis', shown: 'redis+cluster://a:1,b:2' }],
    ['redis+sentinel://a:1,b:2/main', { engine: 'redis', shown: 'redis+sentinel://a:1,b:2/main' }],
  ])('%s', (text, database) => {
    expect(databaseOf(text)).toMatchObject(database)
  })

  test.each([
    '',
    'sqlite:',
    'sqlite::memory:',
    'mysql://h/d',
    'h:5432',
    'redis:',
    'redis+cluster://',
    'postgres:',
    'POSTGRES',
  ])('is not "%s"', (text) => {
    expect(databaseOf(text)).toBeNull()
  })

  test.each([
    'postgres://ada:SECRET@h:1/d?sslpassword=SECRET',
    'postgres://h/d?user=ada&password=SECRET',
    'postgres://ada:SEC@RET@h/d',
    'redis://:SECRET@h:6379/0#SECRET',
    'redis+sentinel://ada:SECRET@a:1,b:2/main?sentinelPassword=SECRET',
    'redis+cluster://ada:SEC/RET@a:1,b:2',
  ])('is shown without what is secret in it (I4): %s', (text) => {
    const shown = databaseOf(text)?.shown ?? ''
    expect(shown).toMatch(/^[a-z+]+:\/\/[ah]/)
    expect(shown).not.toMatch(/SEC|RET|password/)
  })
})

describe('readConfig', () => {
  test('without any setting: files in ./data, for sessions, users and keys', () => {
    const database = { engine: 'sqlite', path: resolve('data/latchkey.db') }
    const keyFile = resolve('data/keys.json')
    expect(readConfig({})).toMatchObject({ database, users: database, keyFile, secrets: [], keysText: undefined })
  })

  test('keeps users beside the sessions in PostgreSQL, and where they are named with Redis', () => {
    expect(readConfig(onPostgres)).toMatchObject({ users: { engine: 'postgres', url: postgres } })
    expect(readConfig(onRedis)).toMatchObject({ database: { engine: 'redis' }, users: { url: postgres } })
    const oneNode = { ...onRedis, LATCHKEY_USERS_URL: 'sqlite:users.db' }
    expect(readConfig(oneNode)).toMatchObject({ users: { engine: 'sqlite', path: resolve('users.db') } })
  })

  test('reads several secrets, the first of which seals', () => {
    const other = `${secret} 2`
    expect(readConfig({ LATCHKEY_SECRET: `${secret}, ${other}` }).secrets).toEqual([secret, other])
  })

  const faults: readonly (readonly [string, Env, RegExp])[] = [
    ['a database of an unknown kind', { LATCHKEY_DATABASE_URL: 'mysql://h' }, /^LATCHKEY_DATABASE_URL: must be/],
    ['PostgreSQL without a secret', { LATCHKEY_DATABASE_URL: postgres }, /^LATCHKEY_SECRET: must be set/],
    ['Redis without a secret', { ...onRedis, LATCHKEY_SECRET: '' }, /^LATCHKEY_SECRET: must be set/],
    ['Redis without a place for users', { ...onRedis, LATCHKEY_USERS_URL: '' }, /^LATCHKEY_USERS_URL: must be set/],
    ['users in Redis', { ...onRedis, LATCHKEY_USERS_URL: redis }, /^LATCHKEY_USERS_URL: must be/],
    ['a secret that is short', { LATCHKEY_SECRET: 'short' }, /^LATCHKEY_SECRET: .*32/],
    ['a second secret that is short', { LATCHKEY_SECRET: `${secret},short` }, /^LATCHKEY_SECRET: .*32/],
    ['a secret beside keys', { LATCHKEY_SECRET: secret, LATCHKEY_KEYS: '{}' }, /^LATCHKEY_SECRET: .*not both/],
    ['a feed without PostgreSQL', { ...onRedis, LATCHKEY_FEED_URL: postgres }, /^LATCHKEY_FEED_URL: only/],
    ['a feed that is Redis', { ...onPostgres, LATCHKEY_FEED_URL: redis }, /^LATCHKEY_FEED_URL: must be/],
    ['a schema without PostgreSQL', { LATCHKEY_POSTGRES_SCHEMA: 'a' }, /^LATCHKEY_POSTGRES_SCHEMA: only/],
    ['a schema that is no name', { ...onPostgres, LATCHKEY_POSTGRES_SCHEMA: 'a"b' }, /^LATCHKEY_POSTGRES_SCHEMA:/],
    [
      'a schema of PostgreSQL itself',
      { ...onPostgres, LATCHKEY_POSTGRES_SCHEMA: 'pg_a' },
      /^LATCHKEY_POSTGRES_SCHEMA:/,
    ],
    ['rotations of SQLite', { LATCHKEY_POSTGRES_ROTATIONS: 'synchronous' }, /^LATCHKEY_POSTGRES_ROTATIONS: only/],
    ['a prefix without Redis', { ...onPostgres, LATCHKEY_REDIS_PREFIX: 'a' }, /^LATCHKEY_REDIS_PREFIX: only/],
    ['a prefix that would crowd a cluster', { ...onRedis, LATCHKEY_REDIS_PREFIX: '{a}' }, /^LATCHKEY_REDIS_PREFIX:/],
    ['replicas without Redis', { LATCHKEY_REDIS_REPLICAS: '1' }, /^LATCHKEY_REDIS_REPLICAS: only/],
    ['a schedule for keys in a file', { LATCHKEY_SIGNING_KEY_DAYS: '7' }, /^LATCHKEY_SIGNING_KEY_DAYS: only/],
    ['a lead for keys in a file', { LATCHKEY_KEY_LEAD_SECONDS: '7' }, /^LATCHKEY_KEY_LEAD_SECONDS: only/],
    ['a lost feed of a third kind', { LATCHKEY_WHEN_FEED_LOST: 'refuse' }, /^LATCHKEY_WHEN_FEED_LOST:/],
  ]

  test.each(faults)('refuses %s, and says what to mend', (_name, env, says) => {
    expect(faultsOf(env)).toMatch(says)
  })

  test('never quotes what was given (I4)', () => {
    const given = settings.map(({ name }) => [name, 'SECRET!'] as const)
    const told = given.map(([name, value]) => faultsOf({ [name]: value }))
    expect([...told, faultsOf(Object.fromEntries(given))].join('\n')).not.toContain('SECRET!')
  })

  test('names everything that does not fit together at once', () => {
    const all = faultsOf({ LATCHKEY_DATABASE_URL: redis, LATCHKEY_FEED_URL: postgres, HOST: '0.0.0.0' })
    const named = all.split('\n').map((line) => line.slice(0, line.indexOf(':')))
    expect(named).toEqual(['LATCHKEY_ISSUER', 'LATCHKEY_FEED_URL', 'LATCHKEY_USERS_URL', 'LATCHKEY_SECRET'])
  })

  test('a schema in PostgreSQL may be named for users alone', () => {
    const env = { ...onRedis, LATCHKEY_POSTGRES_SCHEMA: 'app' }
    expect(readConfig(env)).toMatchObject({ postgresSchema: 'app' })
  })
})
