// Every place of the documents that is made and not written, by the name in its marker.

import { attacksTable } from './attacks.ts'
import { commandHelp } from './cli.ts'
import { clientLineTables } from './client-lines.ts'
import { clientEndedReasonsTable, clientErrorsTable, clientEventsTable } from './client.ts'
import { errorsTable, misuseTable, reasonsTable } from './errors.ts'
import { endReasonsTable, eventsTable, sessionViewTable } from './events.ts'
import { exampleText } from './examples.ts'
import { interfaceTable, policyTable, relationsList, storeVerbs, throttleTable } from './options.ts'
import {
  asvsTables,
  bestPracticeTable,
  deviationsTable,
  requirementCounts,
  requirementTables,
} from './requirements/tables.ts'
import { routesTable } from './routes.ts'
import { settingsTable } from './settings.ts'
import { sizesTable } from './sizes.ts'
import { materialText, noncesText, proofsText, refusedTokensText, sessionKeysText, tokensText } from './vectors.ts'

export const sections: ReadonlyMap<string, () => string> = new Map([
  ['errors', errorsTable],
  ['reasons', reasonsTable],
  ['misuse', misuseTable],
  ['events', eventsTable],
  ['end-reasons', endReasonsTable],
  ['session-view', sessionViewTable],
  ['routes', routesTable],
  ['settings', settingsTable],
  ['cli', commandHelp],
  ['policy', policyTable],
  ['policy-relations', relationsList],
  ['throttle', throttleTable],
  ['options-latchkey', () => interfaceTable('core/options.ts', 'LatchkeyOptions')],
  ['options-sign-in', () => interfaceTable('core/sign-in.ts', 'SignIn')],
  ['options-sweep', () => interfaceTable('core/sweep.ts', 'SweepOptions')],
  ['options-sessions', () => interfaceTable('express/settings.ts', 'SessionsOptions')],
  ['options-user', () => interfaceTable('express/settings.ts', 'SignInUser')],
  ['options-require-auth', () => interfaceTable('express/require-auth.ts', 'RequireAuthOptions')],
  ['options-memory', () => interfaceTable('stores/memory.ts', 'MemoryStoreOptions')],
  ['options-key-file', () => interfaceTable('key-file.ts', 'KeyFileOptions')],
  ['options-postgres', () => interfaceTable('stores/postgres/index.ts', 'PostgresStoreOptions')],
  ['options-redis', () => interfaceTable('stores/redis/index.ts', 'RedisStoreOptions')],
  ['options-kept-keys', () => interfaceTable('kept-keys/index.ts', 'KeptKeysOptions')],
  ['store-verbs', storeVerbs],
  ['vectors-material', materialText],
  ['vectors-tokens', tokensText],
  ['vectors-refused-tokens', refusedTokensText],
  ['vectors-session-keys', sessionKeysText],
  ['vectors-nonces', noncesText],
  ['vectors-proofs', proofsText],
  ['attacks', attacksTable],
  ['requirements', requirementTables],
  ['requirement-counts', requirementCounts],
  ['requirement-deviations', deviationsTable],
  ['asvs', asvsTables],
  ['rfc9700', bestPracticeTable],
  ['client-errors', clientErrorsTable],
  ['client-events', clientEventsTable],
  ['client-ended-reasons', clientEndedReasonsTable],
  ['client-lines', clientLineTables],
  ['sizes', sizesTable],
  ['example-minimal', () => exampleText('minimal')],
  ['example-keyed-client', () => exampleText('keyed-client')],
  ['example-own-store', () => exampleText('own-store')],
])
