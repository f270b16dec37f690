// Property 3 again, in the larger worlds: plain sessions whose requests are doubled and late, whose store and storage
// fall back, and which are signed out at any moment.

import { test } from 'vitest'
import { expectUnbroken, type Survey } from '../explorer/expectations.ts'
import { explore } from '../explorer/explore.ts'
import type { Violation } from '../explorer/properties.ts'

const timeout = 600_000
const plain = { proof: 'plain', client: 'overwrites', tabs: 2, generations: 3, setBacks: 1, duplicates: 1 } as const
const late = { ...plain, rollbacks: 2, minutes: [1] }
const limits: readonly Violation[] = ['a session ends unasked', 'an owner is locked out']
const met = ['owner rotate', 'owner leeway', 'owner heal', 'owner reuse', 'owner gone']

const surveys: readonly Survey[] = [
  { name: 'the store keeps', config: { ...late, signOut: 'kept' }, least: 748_000, met },
  { name: 'the store may lose', config: { ...late, signOut: 'lost' }, least: 1_032_000, met },
]

test.for(surveys.map((survey) => [survey.name, survey] as const))(
  'gives one generation one successor, and a plain session whose end %s no other life (I2, I10)',
  { timeout },
  ([, survey]) => expectUnbroken(explore(survey.config), survey, limits),
)
