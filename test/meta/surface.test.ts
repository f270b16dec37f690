// What each package exports, name by name. The mistake it prevents: an inner function that becomes public because a
// barrel exported it, and can then never be changed again. To export something new is to add a line here, which a
// reviewer sees.

import { describe, expect, test } from 'vitest'
import { exportedNames } from './exports.ts'
import { manifestOf, packages } from './sources.ts'

const surface: Readonly<Record<string, readonly string[]>> = {
  latchkey: [
    'LatchkeyError',
    'MisuseError',
    'clockToleranceMs',
    'createLatchkey',
    'endReasons',
    'errorCodes',
    'eventNames',
    'firstParty',
    'generateKeys',
    'isClientId',
    'isLatchkeyError',
    'policyFields',
    'proofKinds',
    'throttleFields',
    'transports',
    'type Access',
    'type Authentication',
    'type Bound',
    'type Claims',
    'type Device',
    'type EndReason',
    'type Ending',
    'type EndingAll',
    'type ErrorCode',
    'type EventName',
    'type Events',
    'type Identity',
    'type Insertion',
    'type JsonValue',
    'type KeyRotation',
    'type KeySet',
    'type KeySource',
    'type KeyStore',
    'type KeyTimes',
    'type Latchkey',
    'type LatchkeyErrorOptions',
    'type LatchkeyOptions',
    'type ListQuery',
    'type ListedKey',
    'type Listener',
    'type Mark',
    'type MarkRequest',
    'type Marked',
    'type MisuseCode',
    'type Origin',
    'type OriginOf',
    'type PolicyOptions',
    'type Ports',
    'type ProofKind',
    'type PublicKeys',
    'type Readiness',
    'type RefreshKey',
    'type RefreshRequest',
    'type RenewHook',
    'type RenewalAnswer',
    'type RenewalRequest',
    'type ReportedEvent',
    'type Revocation',
    'type SealedKeys',
    'type Session',
    'type SessionView',
    'type SignIn',
    'type SignOut',
    'type SignedIn',
    'type SigningAlgorithm',
    'type SigningKey',
    'type Step',
    'type Store',
    'type SweepOptions',
    'type SweepQuery',
    'type Swept',
    'type ThrottleLimits',
    'type ThrottleName',
    'type Tokens',
    'type Transport',
    'type Watcher',
    'type WhenFeedLost',
    'type WhenFull',
  ],
  'latchkey/express': [
    'accountDigest',
    'createClientSecret',
    'createSessions',
    'originOf',
    'placeOf',
    'returnPath',
    'routeTable',
    'sendRefusal',
    'statuses',
    'type Authenticate',
    'type Client',
    'type Clients',
    'type CookieOptions',
    'type DpopOptions',
    'type Reason',
    'type RequireAuthOptions',
    'type Requirements',
    'type Sessions',
    'type SessionsOptions',
    'type SignInUser',
    'type SiteData',
    'type Status',
    'type ThrottleOptions',
  ],
  'latchkey/memory': ['MemoryTable', 'memoryStore', 'type MemoryStoreOptions'],
  'latchkey/sqlite': [
    'inspectDatabase',
    'migrate',
    'openDatabase',
    'sqliteStore',
    'type DatabaseReport',
    'type Migration',
  ],
  'latchkey/postgres': [
    'inspectPostgres',
    'migratePostgres',
    'postgresStore',
    'type DatabaseReport',
    'type PostgresConnection',
    'type PostgresMigration',
    'type PostgresNotification',
    'type PostgresPool',
    'type PostgresQuery',
    'type PostgresResult',
    'type PostgresStoreOptions',
  ],
  'latchkey/redis': ['inspectRedis', 'redisStore', 'type RedisClient', 'type RedisReport', 'type RedisStoreOptions'],
  'latchkey/key-file': ['openKeyFile', 'parseKeySet', 'type KeyFileOptions'],
  'latchkey/kept-keys': [
    'keptKeys',
    'keptKeysFields',
    'minSecretCharacters',
    'type KeptKeysField',
    'type KeptKeysOptions',
  ],
  'latchkey/testing': [
    'sampleSession',
    'settableClock',
    'storeContract',
    'type OpenedStore',
    'type SettableClock',
    'type StoreContractOptions',
  ],
  'latchkey-server': [
    'ConfigError',
    'createLog',
    'readConfig',
    'settings',
    'startServer',
    'type Config',
    'type FirstAdministrator',
    'type RunningServer',
    'type Setting',
  ],
}

const entries = packages.flatMap((name) =>
  Object.entries(manifestOf(name).exports).flatMap(([subpath, target]) =>
    typeof target === 'string' ? [] : [{ specifier: name + subpath.slice(1), source: sourceOf(name, target.default) }],
  ),
)

function sourceOf(name: string, built: string): string {
  return `packages/${name}/${built.replace('./dist/', 'src/').replace(/\.js$/, '.ts')}`
}

describe('the public surface', () => {
  test('has exactly the subpaths that are listed here', () => {
    expect(entries.map(({ specifier }) => specifier).toSorted()).toEqual(Object.keys(surface).toSorted())
  })

  for (const { specifier, source } of entries) {
    test(`${specifier} exports exactly what is listed here`, () => {
      expect(exportedNames(source)).toEqual(surface[specifier])
    })

    test(`${specifier} has at run time the values that it declares`, async () => {
      const module: object = await import(new URL(`../../${source}`, import.meta.url).href)
      const values = surface[specifier]?.filter((name) => !name.startsWith('type '))
      expect(Object.keys(module).toSorted()).toEqual(values)
    })
  }
})
