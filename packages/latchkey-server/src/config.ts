// The settings of the server: one table of environment variables, from which the parser, `doctor` and docs/settings.md
// are made. Nothing else in the program reads the environment.

import { join, resolve } from 'node:path'
import { policyFields, type PolicyOptions, type SigningAlgorithm } from 'latchkey'
import { z } from 'zod'

/** One environment variable. */
export interface Setting {
  readonly name: string
  /** As one would write it; empty where there is none. */
  readonly default: string
  readonly says: string
}

const defaultIssuer = 'http://127.0.0.1:3000'

const ownSettings: readonly Setting[] = [
  { name: 'PORT', default: '3000', says: 'Port to listen on; 0 for any free one.' },
  { name: 'HOST', default: '127.0.0.1', says: 'Address to listen on.' },
  {
    name: 'LATCHKEY_DATA_DIR',
    default: './data',
    says: 'Folder for the database and the keys; made where it is missing.',
  },
  {
    name: 'LATCHKEY_DATABASE_URL',
    default: '',
    says: 'Database, as `sqlite:` and a path; `latchkey.db` in the data folder where nothing is said.',
  },
  {
    name: 'LATCHKEY_KEYS',
    default: '',
    says: 'The key set as JSON text; `keys.json` in the data folder, made at the first start, where nothing is said.',
  },
  {
    name: 'LATCHKEY_SIGNING_ALG',
    default: 'ES256',
    says: 'Algorithm of the signing key that the first start makes: ES256, EdDSA, Ed25519 or RS256.',
  },
  {
    name: 'LATCHKEY_ISSUER',
    default: defaultIssuer,
    says: 'Who issues the tokens: the public URL. Part of every token; changing it ends every session. Must be set in production.',
  },
  {
    name: 'LATCHKEY_AUDIENCE',
    default: '',
    says: 'Who the access tokens are for, separated by commas; the issuer where nothing is said.',
  },
  { name: 'LATCHKEY_LOG_LEVEL', default: 'info', says: 'trace, debug, info, warn, error, fatal or silent.' },
  { name: 'LATCHKEY_SWEEP_SECONDS', default: '600', says: 'How often dead sessions are deleted; 0 for never.' },
  {
    name: 'LATCHKEY_HASHES_WAITING',
    default: '32',
    says: 'Sign-ins that may wait for their password to be checked; one more gets 503.',
  },
]

const policyNames = Object.keys(policyFields) as (keyof typeof policyFields)[]
const variableOf = (name: string): string => `LATCHKEY_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`

/** A sentence of the library about its options, in the names of the settings. */
export const inSettings = (sentence: string): string =>
  [...policyNames, 'issuer', 'audience', 'keys'].reduce(
    (text, name) => text.replace(new RegExp(`\\b${name}\\b`, 'g'), variableOf(name)),
    sentence,
  )

/** Every setting, for help and docs. */
export const settings: readonly Setting[] = [
  ...ownSettings,
  ...policyNames.map((name) => ({
    name: variableOf(name),
    default: String(policyFields[name].default),
    says: policyFields[name].says,
  })),
]

export interface Config {
  readonly port: number
  readonly host: string
  readonly dataDir: string
  readonly databasePath: string
  /** The key set as JSON text, or undefined for the key file. */
  readonly keysText: string | undefined
  readonly keyFile: string
  readonly signingAlg: SigningAlgorithm
  readonly issuer: string
  readonly audience: readonly string[]
  readonly logLevel: string
  readonly sweepSeconds: number
  readonly hashesWaiting: number
  readonly policy: PolicyOptions
}

/** Thrown for settings that cannot be used; the message has a line for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const whole = (min: number, max: number): z.ZodType<number, string> =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().min(min).max(max))

const schema = z.object({
  PORT: whole(0, 65_535),
  HOST: z.string(),
  LATCHKEY_DATA_DIR: z.string(),
  LATCHKEY_DATABASE_URL: z
    .string()
    .regex(/^(sqlite:.+)?$/, 'must be `sqlite:` and a path; this version knows no other database'),
  LATCHKEY_KEYS: z.string(),
  LATCHKEY_SIGNING_ALG: z.enum(['ES256', 'EdDSA', 'Ed25519', 'RS256']),
  LATCHKEY_ISSUER: z.string().refine((value) => URL.canParse(value), 'must be a URL'),
  LATCHKEY_AUDIENCE: z.string(),
  LATCHKEY_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  LATCHKEY_SWEEP_SECONDS: whole(0, 86_400),
  LATCHKEY_HASHES_WAITING: whole(1, 10_000),
  ...Object.fromEntries(
    policyNames.map((name) => [variableOf(name), whole(policyFields[name].min, policyFields[name].max)]),
  ),
})

/** Reads the settings from an environment. Throws ConfigError, naming every setting that must be mended. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  refuseUnknown(env)
  const given = Object.fromEntries(settings.map(({ name, default: fallback }) => [name, env[name] || fallback]))
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'))
  }
  const values: z.infer<typeof schema> & Record<string, unknown> = parsed.data
  refuseDefaultsInProduction(env, values.HOST)
  const dataDir = resolve(values.LATCHKEY_DATA_DIR)
  return {
    port: values.PORT,
    host: values.HOST,
    dataDir,
    databasePath: databasePathOf(values.LATCHKEY_DATABASE_URL, dataDir),
    keysText: values.LATCHKEY_KEYS || undefined,
    keyFile: join(dataDir, 'keys.json'),
    signingAlg: values.LATCHKEY_SIGNING_ALG,
    issuer: values.LATCHKEY_ISSUER,
    audience: values.LATCHKEY_AUDIENCE.split(',')
      .map((each) => each.trim())
      .filter(Boolean),
    logLevel: values.LATCHKEY_LOG_LEVEL,
    sweepSeconds: values.LATCHKEY_SWEEP_SECONDS,
    hashesWaiting: values.LATCHKEY_HASHES_WAITING,
    policy: Object.fromEntries(policyNames.map((name) => [name, values[variableOf(name)]])),
  }
}

function databasePathOf(url: string, dataDir: string): string {
  return url === '' ? join(dataDir, 'latchkey.db') : resolve(url.replace(/^sqlite:(\/\/(?=\/))?/, ''))
}

// A misspelt setting must not pass for a set one.
function refuseUnknown(env: NodeJS.ProcessEnv): void {
  const known = new Set(settings.map(({ name }) => name))
  const unknown = Object.keys(env).filter((name) => name.startsWith('LATCHKEY_') && !known.has(name))
  if (unknown.length > 0) throw new ConfigError(unknown.map((name) => `${name}: there is no such setting`).join('\n'))
}

function refuseDefaultsInProduction(env: NodeJS.ProcessEnv, host: string): void {
  const local = ['127.0.0.1', 'localhost', '::1'].includes(host) && env['NODE_ENV'] !== 'production'
  if (!local && !env['LATCHKEY_ISSUER']) {
    throw new ConfigError(
      'LATCHKEY_ISSUER: must be set to the public URL in production, or where HOST is not this machine',
    )
  }
}
