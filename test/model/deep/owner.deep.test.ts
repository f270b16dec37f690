// Property 1 again, in the larger worlds: three tabs, a store and a storage that fall back twice, and time that passes.
// Minutes of work: `npx vitest run --project deep`.

import { test } from 'vitest'
import { expectNothingBroken, type Survey } from '../explorer/expectations.ts'

const timeout = 600_000
const script = { proof: 'session_key', client: 'freshest', transport: 'body' } as const
const jar = { proof: 'session_key', client: 'overwrites', transport: 'cookie' } as const

const all = { tabs: 3, generations: 3, rollbacks: 2, setBacks: 2 }
const told = ['owner rotate', 'owner again', 'owner heal', 'owner busy']
const late = { met: [...told, 'owner nonce_stale'] }

const surveys: readonly Survey[] = [
  { name: 'all at once', config: { ...script, ...all, minutes: [21] }, least: 6_000_000, ...late },
  { name: 'a cookie jar, late', config: { ...jar, ...all, setBacks: 1, minutes: [21] }, least: 1_750_000, ...late },
  { name: 'a cookie jar', config: { ...jar, ...all, generations: 4 }, least: 380_000, met: told },
  { name: 'five generations', config: { ...script, ...all, generations: 5 }, least: 1_500_000, met: told },
  { name: 'doubled requests', config: { ...script, ...all, duplicates: 2 }, least: 930_000, met: told },
]

test.for(surveys.map((survey) => [survey.name, survey] as const))(
  'signs no keyed owner out in any interleaving (I2): %s',
  { timeout },
  ([, survey]) => expectNothingBroken(survey),
)
