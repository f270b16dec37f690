// Property 1 of docs/protocol.md: whatever the network, the store, the clock and the owner's own storage do, a keyed
// session without a thief goes on and its owner is never refused. The larger worlds are in deep/owner.deep.test.ts.

import { test } from 'vitest'
import { expectNothingBroken, type Survey } from './explorer/expectations.ts'
import type { Config } from './explorer/world.ts'

const script = { proof: 'session_key', client: 'freshest', transport: 'body' } as const
const jar = { proof: 'session_key', client: 'overwrites', transport: 'cookie' } as const

const tabs: Omit<Config, keyof typeof script> = { tabs: 3, generations: 4, rollbacks: 2, setBacks: 2 }
const late: typeof tabs = { tabs: 2, generations: 4, rollbacks: 1, setBacks: 1, minutes: [21] }
const doubled: typeof tabs = { tabs: 3, generations: 3, rollbacks: 1, setBacks: 1, duplicates: 1 }
const slow: typeof tabs = { tabs: 2, generations: 3, rollbacks: 2, setBacks: 1, minutes: [15, 30] }
const hooked: typeof tabs = { tabs: 3, generations: 4, rollbacks: 1, setBacks: 1, hooked: true }
const rekeyed: typeof tabs = { ...late, keyRotation: true }

const told = ['owner rotate', 'owner again', 'owner heal', 'owner busy']
const toldLate = [...told, 'owner nonce_stale']

const surveys: readonly Survey[] = [
  { name: 'three tabs, two fallen stores and storages', config: { ...script, ...tabs }, least: 293_000, met: told },
  {
    name: 'three tabs over a fallen cookie jar',
    config: { ...jar, ...tabs, generations: 3 },
    least: 38_000,
    met: told,
  },
  { name: 'requests later than their nonce', config: { ...script, ...late }, least: 30_000, met: toldLate },
  { name: 'requests from a jar later than their nonce', config: { ...jar, ...late }, least: 59_000, met: toldLate },
  { name: 'requests doubled by the network', config: { ...script, ...doubled }, least: 17_000, met: told },
  { name: 'requests from a jar doubled by the network', config: { ...jar, ...doubled }, least: 23_000, met: told },
  { name: 'two fallen stores while nonces grow old', config: { ...script, ...slow }, least: 166_000, met: toldLate },
  { name: 'a renew hook', config: { ...script, ...hooked }, least: 42_000, met: told },
  { name: 'a renew hook and a cookie jar', config: { ...jar, ...hooked }, least: 68_000, met: told },
  { name: 'a newer refresh key', config: { ...script, ...rekeyed }, least: 91_000, met: toldLate },
  {
    name: 'a script that overwrites',
    config: { ...script, ...late, client: 'overwrites' },
    least: 59_000,
    met: toldLate,
  },
  {
    name: 'a jar that keeps the freshest',
    config: { ...jar, ...late, client: 'freshest' },
    least: 30_000,
    met: toldLate,
  },
]

test.for(surveys.map((survey) => [survey.name, survey] as const))(
  'signs no keyed owner out in any interleaving (I2): %s',
  ([, survey]) => expectNothingBroken(survey),
)
