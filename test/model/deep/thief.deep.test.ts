// Property 2 again, in the larger worlds: two copied requests, two hands, two tabs and fallen stores.

import { test } from 'vitest'
import { expectNothingBroken, type Survey } from '../explorer/expectations.ts'

const timeout = 600_000
const script = { proof: 'session_key', client: 'freshest', transport: 'body' } as const
const jar = { proof: 'session_key', client: 'overwrites', transport: 'cookie' } as const

const late = { tabs: 2, generations: 3, rollbacks: 2, minutes: [21] }
const slow = { tabs: 1, generations: 3, rollbacks: 1, minutes: [15, 30] }
const rekeyed = { ...late, rollbacks: 1, keyRotation: true }
const copier = { thief: { copies: 2, captures: 0 } }
const captor = { thief: { copies: 0, captures: 1 } }
const twoHands = { thief: { copies: 0, captures: 2, hands: 2 } }

const told = ['owner rotate', 'owner again', 'owner heal', 'thief proof_refused']
const both = { met: [...told, 'thief rotate', 'thief again', 'thief heal', 'thief nonce_stale'] }

const surveys: readonly Survey[] = [
  { name: 'a copied token', config: { ...jar, ...late, setBacks: 2, ...copier }, least: 2_400_000, met: told },
  {
    name: 'a request of a script',
    config: { ...script, ...late, generations: 4, ...captor },
    least: 1_600_000,
    ...both,
  },
  { name: 'a request of a cookie jar', config: { ...jar, ...late, ...captor }, least: 1_400_000, ...both },
  { name: 'two requests at once', config: { ...jar, ...slow, ...twoHands }, least: 960_000, ...both },
  { name: 'a request during a key rotation', config: { ...jar, ...rekeyed, ...captor }, least: 1_060_000, ...both },
]

test.for(surveys.map((survey) => [survey.name, survey] as const))(
  "gives a thief nothing but what a copied request buys inside its nonce's life, and its owner all: %s",
  { timeout },
  ([, survey]) => expectNothingBroken(survey),
)
