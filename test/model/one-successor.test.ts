// Property 3 of docs/protocol.md, for keyed and plain sessions alike: one generation has one token and one successor,
// over all histories, and what was revoked stays revoked while the store keeps it. A plain session has its limits
// (weaker-rules.test.ts), but no limit of this kind.

import { test } from 'vitest'
import { expectNothingBroken, expectUnbroken, type Survey } from './explorer/expectations.ts'
import { explore } from './explorer/explore.ts'
import type { Violation } from './explorer/properties.ts'
import type { Config } from './explorer/world.ts'

const keyed = { proof: 'session_key', client: 'freshest' } as const
const plain = { proof: 'plain', client: 'overwrites' } as const

const ended: Omit<Config, keyof typeof keyed> = { tabs: 2, generations: 3, rollbacks: 2, setBacks: 1, duplicates: 1 }
const hooked: typeof ended = { ...ended, hooked: true }
const stolen = { thief: { copies: 1, captures: 0 } }

const told = ['owner rotate', 'owner again', 'owner heal', 'owner gone']
const keyedSurveys: readonly Survey[] = [
  { name: 'the store keeps', config: { ...keyed, ...ended, signOut: 'kept' }, least: 32_000, met: told },
  { name: 'the store may lose', config: { ...keyed, ...ended, signOut: 'lost' }, least: 44_000, met: told },
  { name: 'a hooked engine keeps', config: { ...keyed, ...hooked, signOut: 'kept' }, least: 71_000, met: told },
]

test.for(keyedSurveys.map((survey) => [survey.name, survey] as const))(
  'gives one generation one successor, and a keyed session whose end %s no other life (I2, I10)',
  ([, survey]) => expectNothingBroken(survey),
)

const late: typeof ended = { tabs: 2, generations: 3, rollbacks: 1, setBacks: 1, minutes: [1] }
const toldPlain = ['owner rotate', 'owner leeway', 'owner heal', 'owner reuse', 'owner gone']
const toldThief = [...toldPlain, 'thief rotate', 'thief leeway', 'thief heal', 'thief reuse']
const plainSurveys: readonly Survey[] = [
  { name: 'the store keeps', config: { ...plain, ...late, signOut: 'kept' }, least: 11_700, met: toldPlain },
  { name: 'the store may lose', config: { ...plain, ...late, signOut: 'lost' }, least: 14_500, met: toldPlain },
  { name: 'a hooked engine keeps', config: { ...plain, ...hooked, signOut: 'kept' }, least: 107_000, met: toldPlain },
  {
    name: 'a thief brought about',
    config: { ...plain, ...late, setBacks: 0, ...stolen },
    least: 252_000,
    met: toldThief,
  },
]
const limits: readonly Violation[] = ['a session ends unasked', 'an owner is locked out', 'a thief rides along']

test.for(plainSurveys.map((survey) => [survey.name, survey] as const))(
  'gives one generation one successor, and a plain session whose end %s no other life (I2, I10)',
  ([, survey]) => expectUnbroken(explore(survey.config), survey, limits),
)
