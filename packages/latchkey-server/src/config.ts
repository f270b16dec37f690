// Reads the settings (settings.ts) from the environment, checked one by one and against each other. Nothing else in the
// program reads the environment.

import { join, resolve } from 'node:path'
import {
  policyFields,
  type PolicyOptions,
  type SigningAlgorithm,
  type ThrottleLimits,
  type WhenFeedLost,
} from 'latchkey'
import { keptKeysFields, minSecretCharacters, type KeptKeysField } from 'latchkey/kept-keys'
import { z } from 'zod'
import { browserConfigOf, browserFields, browserMisfits, type BrowserConfig } from './browser-settings.ts'
import { defaultsInProduction, misfits, unknownIn, type Facts } from './config-relations.ts'
import { databaseKinds, databaseOf, sqliteAt } from './database-url.ts'
import type { Database, PostgresDatabase, SqliteDatabase } from './database-url.ts'
import { list, whole } from './setting-values.ts'
import { policyNames, settings, variableOf } from './settings.ts'
import { throttleConfigOf, throttleLimitFields, throttleMisfits, throttleSwitch } from './throttle-settings.ts'

export interface Config {
  readonly port: number
  readonly host: string
  readonly dataDir: string
  readonly database: Database
  readonly users: SqliteDatabase | PostgresDatabase
  /** Undefined where the database itself tells of revocations. */
  readonly feed: PostgresDatabase | undefined
  readonly postgresSchema: string
  readonly postgresRotations: 'asynchronous' | 'synchronous'
  readonly redisPrefix: string
  readonly redisReplicas: number
  /** What seals the keys in the database, the first of them; empty where they are not kept there. */
  readonly secrets: readonly string[]
  /** The key set as JSON text, or undefined for the database or the key file. */
  readonly keysText: string | undefined
  readonly keyFile: string
  readonly signingAlg: SigningAlgorithm
  readonly signingKeyDays: number
  readonly keyLeadSeconds: number
  readonly issuer: string
  readonly audience: readonly string[]
  readonly whenFeedLost: WhenFeedLost
  readonly browsers: BrowserConfig
  /** False for none. */
  readonly throttle: ThrottleLimits | false
  readonly logLevel: string
  readonly sweepSeconds: number
  readonly hashesWaiting: number
  /** 0 for ever. */
  readonly auditDays: number
  readonly auditAddresses: 'coarse' | 'none'
  /** Undefined for no metrics. */
  readonly metricsPort: number | undefined
  readonly metricsHost: string
  readonly policy: PolicyOptions
}

/** Thrown for settings that cannot be used; the message has a line for each, and never what was given. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const within = ({ min, max }: KeptKeysField): z.ZodType<number, string> => whole(min, max)

type Engine = Database['engine']
type DatabaseOf<Name extends Engine> = Extract<Database, { readonly engine: Name }>

// A URL of one of the kinds, or nothing.
const databaseOr = <Name extends Engine>(
  engines: readonly Name[],
  says: string,
): z.ZodType<DatabaseOf<Name> | undefined, string> => {
  const isOne = (database: Database): database is DatabaseOf<Name> => engines.some((name) => name === database.engine)
  return z.string().transform((text, context) => {
    const database = text === '' ? undefined : databaseOf(text)
    if (database === undefined || (database !== null && isOne(database))) return database
    context.addIssue({ code: 'custom', message: says })
    return z.NEVER
  })
}

const ownFields = {
  PORT: whole(0, 65_535),
  HOST: z.string(),
  LATCHKEY_DATA_DIR: z.string(),
  LATCHKEY_DATABASE_URL: databaseOr(['sqlite', 'postgres', 'redis'], databaseKinds),
  LATCHKEY_USERS_URL: databaseOr(['sqlite', 'postgres'], 'must be `sqlite:` and a path, or `postgres://…`'),
  LATCHKEY_FEED_URL: databaseOr(['postgres'], 'must be `postgres://…`'),
  LATCHKEY_POSTGRES_SCHEMA: z
    .string()
    .regex(
      /^(?!pg_)[a-z_][a-z0-9_]{0,49}$/,
      'must be 1 to 50 of a-z, 0-9 and _, and begin neither with a digit nor with pg_',
    ),
  LATCHKEY_POSTGRES_ROTATIONS: z.enum(['asynchronous', 'synchronous']),
  LATCHKEY_REDIS_PREFIX: z.string().regex(/^[\w:.-]{1,64}$/, 'must be 1 to 64 of a-z, A-Z, 0-9 and _ : . -'),
  LATCHKEY_REDIS_REPLICAS: whole(0, 10),
  LATCHKEY_SECRET: list.refine(
    (secrets) => secrets.every((secret) => secret.length >= minSecretCharacters),
    `must have at least ${minSecretCharacters} characters, each where commas separate several`,
  ),
  LATCHKEY_KEYS: z.string(),
  LATCHKEY_SIGNING_ALG: z.enum(['ES256', 'EdDSA', 'Ed25519', 'RS256']),
  LATCHKEY_SIGNING_KEY_DAYS: within(keptKeysFields.rotateDays),
  LATCHKEY_KEY_LEAD_SECONDS: within(keptKeysFields.leadSeconds),
  LATCHKEY_ISSUER: z.string().refine((value) => URL.canParse(value), 'must be a URL'),
  LATCHKEY_AUDIENCE: list,
  LATCHKEY_WHEN_FEED_LOST: z.enum(['ask', 'serve']),
  ...browserFields,
  ...throttleSwitch,
  LATCHKEY_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  LATCHKEY_SWEEP_SECONDS: whole(0, 86_400),
  LATCHKEY_HASHES_WAITING: whole(1, 10_000),
  LATCHKEY_AUDIT_DAYS: whole(0, 3650),
  LATCHKEY_AUDIT_ADDRESSES: z.enum(['coarse', 'none']),
  LATCHKEY_METRICS_PORT: z.union([z.literal('').transform(() => undefined), whole(0, 65_535)]),
  LATCHKEY_METRICS_HOST: z.string(),
}

// Strict, so that neither table has a row that the other lacks.
const schema = z.strictObject({
  ...ownFields,
  ...throttleLimitFields,
  ...Object.fromEntries(
    policyNames.map((name) => [variableOf(name), whole(policyFields[name].min, policyFields[name].max)]),
  ),
})

type Values = z.infer<typeof schema> & Record<string, unknown>

/** Reads the settings from an environment. Throws ConfigError, naming every setting that must be mended. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  refuse(unknownIn(env))
  const given = Object.fromEntries(settings.map(({ name, default: fallback }) => [name, env[name] || fallback]))
  const { success, data, error } = schema.safeParse(given)
  if (!success) {
    throw new ConfigError(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'))
  }
  refuse([
    ...defaultsInProduction(env, data.HOST),
    ...misfits(env, factsOf(data)),
    ...browserMisfits(env, data),
    ...throttleMisfits(env, data),
  ])
  return configOf(data)
}

function configOf(values: Values): Config {
  const dataDir = resolve(values.LATCHKEY_DATA_DIR)
  const database = values.LATCHKEY_DATABASE_URL ?? sqliteAt(join(dataDir, 'latchkey.db'))
  const users = values.LATCHKEY_USERS_URL ?? database
  if (users.engine === 'redis') throw new Error('misfits() lets no users into Redis')
  return {
    port: values.PORT,
    host: values.HOST,
    dataDir,
    database,
    users,
    feed: values.LATCHKEY_FEED_URL,
    postgresSchema: values.LATCHKEY_POSTGRES_SCHEMA,
    postgresRotations: values.LATCHKEY_POSTGRES_ROTATIONS,
    redisPrefix: values.LATCHKEY_REDIS_PREFIX,
    redisReplicas: values.LATCHKEY_REDIS_REPLICAS,
    secrets: values.LATCHKEY_SECRET,
    keysText: values.LATCHKEY_KEYS || undefined,
    keyFile: join(dataDir, 'keys.json'),
    signingAlg: values.LATCHKEY_SIGNING_ALG,
    signingKeyDays: values.LATCHKEY_SIGNING_KEY_DAYS,
    keyLeadSeconds: values.LATCHKEY_KEY_LEAD_SECONDS,
    issuer: values.LATCHKEY_ISSUER,
    audience: values.LATCHKEY_AUDIENCE,
    whenFeedLost: values.LATCHKEY_WHEN_FEED_LOST,
    browsers: browserConfigOf(values),
    throttle: throttleConfigOf(values),
    logLevel: values.LATCHKEY_LOG_LEVEL,
    sweepSeconds: values.LATCHKEY_SWEEP_SECONDS,
    hashesWaiting: values.LATCHKEY_HASHES_WAITING,
    auditDays: values.LATCHKEY_AUDIT_DAYS,
    auditAddresses: values.LATCHKEY_AUDIT_ADDRESSES,
    metricsPort: values.LATCHKEY_METRICS_PORT,
    metricsHost: values.LATCHKEY_METRICS_HOST,
    policy: Object.fromEntries(policyNames.map((name) => [name, values[variableOf(name)]])),
  }
}

function factsOf(values: Values): Facts {
  const engine = values.LATCHKEY_DATABASE_URL?.engine ?? 'sqlite'
  return {
    engine,
    usersEngine: values.LATCHKEY_USERS_URL?.engine ?? engine,
    hasSecret: values.LATCHKEY_SECRET.length > 0,
    hasKeys: values.LATCHKEY_KEYS !== '',
  }
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new ConfigError(faults.join('\n'))
}
