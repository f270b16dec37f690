// The settings of the server: one table of environment variables, from which the help, `doctor` and docs/settings.md are
// made. config.ts reads them.

import { policyFields, type PolicyOptions } from 'latchkey'
import { keptKeysFields, minSecretCharacters } from 'latchkey/kept-keys'
import { browserSettings } from './browser-settings.ts'
import { throttleSettings } from './throttle-settings.ts'

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
    says: 'Folder for the database and the keys, where they are files; made where it is missing.',
  },
  {
    name: 'LATCHKEY_DATABASE_URL',
    default: '',
    says: 'Where sessions are kept: `sqlite:` and a path, `postgres://…`, `redis://…`, `rediss://…`, `redis+cluster://HOST:PORT,HOST:PORT` or `redis+sentinel://HOST:PORT,HOST:PORT/NAME`; `latchkey.db` in the data folder where nothing is said.',
  },
  {
    name: 'LATCHKEY_USERS_URL',
    default: '',
    says: 'Where users are kept: `sqlite:` and a path (for one node only), or `postgres://…`; beside the sessions where nothing is said. Must be set where those are in Redis.',
  },
  {
    name: 'LATCHKEY_FEED_URL',
    default: '',
    says: 'Where to hear of revocations: the same PostgreSQL, directly, where LATCHKEY_DATABASE_URL leads through PgBouncer in transaction mode.',
  },
  { name: 'LATCHKEY_POSTGRES_SCHEMA', default: 'latchkey', says: 'Schema of the tables in PostgreSQL.' },
  {
    name: 'LATCHKEY_POSTGRES_ROTATIONS',
    default: 'asynchronous',
    says: 'Whether a renewal waits for the disk of PostgreSQL: `asynchronous` (one that is lost heals by itself) or `synchronous`. Sign-in and sign-out always wait.',
  },
  { name: 'LATCHKEY_REDIS_PREFIX', default: 'latchkey:', says: 'Before the name of every key in Redis.' },
  {
    name: 'LATCHKEY_REDIS_REPLICAS',
    default: '0',
    says: 'A sign-in or sign-out waits until so many replicas of Redis have it.',
  },
  {
    name: 'LATCHKEY_SECRET',
    default: '',
    says: `At least ${minSecretCharacters} random characters that seal the keys, which are then kept in the database for all nodes. Several, separated by commas, while one replaces another: the first seals, all open. Needed with PostgreSQL and Redis, unless LATCHKEY_KEYS is set.`,
  },
  {
    name: 'LATCHKEY_KEYS',
    default: '',
    says: 'The key set as JSON text, in place of LATCHKEY_SECRET; with SQLite, `keys.json` in the data folder, made at the first start, where neither is set.',
  },
  {
    name: 'LATCHKEY_SIGNING_ALG',
    default: 'ES256',
    says: 'Algorithm of the signing keys that are made: ES256, EdDSA, Ed25519 or RS256.',
  },
  {
    name: 'LATCHKEY_SIGNING_KEY_DAYS',
    default: String(keptKeysFields.rotateDays.default),
    says: 'With LATCHKEY_SECRET, a new signing key is made after so many days; 0 for never.',
  },
  {
    name: 'LATCHKEY_KEY_LEAD_SECONDS',
    default: String(keptKeysFields.leadSeconds.default),
    says: 'With LATCHKEY_SECRET, a new key is known to all nodes for so long before it is used.',
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
  {
    name: 'LATCHKEY_WHEN_FEED_LOST',
    default: 'ask',
    says: 'What a node does with access tokens when it has not heard of revocations for LATCHKEY_MAX_FEED_AGE_SECONDS: `ask` the database each time, or `serve` on.',
  },
  ...browserSettings,
  ...throttleSettings,
  { name: 'LATCHKEY_LOG_LEVEL', default: 'info', says: 'trace, debug, info, warn, error, fatal or silent.' },
  {
    name: 'LATCHKEY_SWEEP_SECONDS',
    default: '600',
    says: 'How often dead sessions are deleted; 0 for never. Redis deletes them by itself.',
  },
  {
    name: 'LATCHKEY_HASHES_WAITING',
    default: '32',
    says: 'Sign-ins that may wait for their password to be checked; one more gets 503.',
  },
  {
    name: 'LATCHKEY_AUDIT_DAYS',
    default: '90',
    says: 'Rows of the audit trail are deleted after so many days, whenever dead sessions are; 0 for never.',
  },
  {
    name: 'LATCHKEY_AUDIT_ADDRESSES',
    default: 'coarse',
    says: 'What the audit trail keeps of network addresses: `coarse` (IPv4 /24, IPv6 /48) or `none`.',
  },
  {
    name: 'LATCHKEY_METRICS_PORT',
    default: '',
    says: 'Port for metrics, beside that of the server; 0 for any free one. Where nothing is said, there are none.',
  },
  {
    name: 'LATCHKEY_METRICS_HOST',
    default: '127.0.0.1',
    says: 'Address for metrics to listen on. They have no password: never one that strangers reach.',
  },
]

type PolicyName = keyof PolicyOptions

/** The numeric options of the library: its lifetimes and limits. */
export const policyNames: readonly PolicyName[] = Object.keys(policyFields) as PolicyName[]

/** The setting for a numeric option of the library. */
export const variableOf = (name: string): string => `LATCHKEY_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`

const variables: readonly (readonly [string, string])[] = [
  ...[...policyNames, 'issuer', 'audience', 'whenFeedLost'].map((name) => [name, variableOf(name)] as const),
  ['rotateDays', 'LATCHKEY_SIGNING_KEY_DAYS'],
  ['leadSeconds', 'LATCHKEY_KEY_LEAD_SECONDS'],
  ['secrets', 'LATCHKEY_SECRET'],
  ['keys', 'LATCHKEY_KEYS'],
]

/** A sentence of the library about its options, in the names of the settings. */
export const inSettings = (sentence: string): string =>
  variables.reduce((text, [name, variable]) => text.replace(new RegExp(`\\b${name}\\b`, 'g'), variable), sentence)

// In the table of options they stand between backticks, where `keys` is never meant as a word.
const codedInSettings = (says: string): string =>
  variables.reduce((text, [name, variable]) => text.replaceAll(`\`${name}\``, `\`${variable}\``), says)

/** Every setting, for help and docs. */
export const settings: readonly Setting[] = [
  ...ownSettings,
  ...policyNames.map((name) => ({
    name: variableOf(name),
    default: String(policyFields[name].default),
    says: codedInSettings(policyFields[name].says),
  })),
]
