// Property 2 of docs/protocol.md: a thief who copies a keyed session's token never gets another one; one who copies a
// whole request gets answers inside the life of its nonce, and never one later. The owner is refused by neither.

import { test } from 'vitest'
import { expectNothingBroken, type Survey } from './explorer/expectations.ts'
import type { Config } from './explorer/world.ts'

const script = { proof: 'session_key', client: 'freshest', transport: 'body' } as const
const jar = { proof: 'session_key', client: 'overwrites', transport: 'cookie' } as const

const copier = { copies: 2, captures: 0 }
const copied: Omit<Config, keyof typeof script> = { tabs: 2, generations: 3, rollbacks: 1, setBacks: 1, minutes: [21] }
const captor = { copies: 1, captures: 1 }
const captured: typeof copied = { tabs: 1, generations: 3, rollbacks: 1, setBacks: 1, minutes: [15, 30], thief: captor }
const raced: typeof copied = {
  tabs: 2,
  generations: 3,
  rollbacks: 1,
  minutes: [21],
  thief: { copies: 0, captures: 1 },
}
const twice: typeof copied = { tabs: 2, generations: 3, minutes: [21], thief: { copies: 0, captures: 1, hands: 2 } }

const told = ['owner rotate', 'owner again', 'thief proof_refused']
const toldBoth = [...told, 'thief rotate', 'thief again', 'thief nonce_stale']

const copies: readonly Survey[] = [
  { name: 'a script', config: { ...script, ...copied, thief: copier }, least: 68_000, met: told },
  { name: 'a cookie jar', config: { ...jar, ...copied, thief: copier }, least: 101_000, met: told },
]

test.for(copies.map((survey) => [survey.name, survey] as const))(
  'gives a thief with the token of %s nothing, and refuses its owner nothing',
  ([, survey]) => expectNothingBroken(survey),
)

// That the thief is told "rotate" and "again" shows that "inside the nonce's life" is not said of nothing.
const captures: readonly Survey[] = [
  { name: 'a script, beside a copied token', config: { ...script, ...captured }, least: 104_000, met: toldBoth },
  { name: 'a cookie jar, beside a copied token', config: { ...jar, ...captured }, least: 328_000, met: toldBoth },
  { name: 'a script, in a race of tabs', config: { ...script, ...raced }, least: 52_000, met: toldBoth },
  { name: 'a cookie jar, in a race of tabs', config: { ...jar, ...raced }, least: 243_000, met: toldBoth },
  { name: 'a script, two at once', config: { ...script, ...twice }, least: 7000, met: toldBoth },
  { name: 'a cookie jar, two at once', config: { ...jar, ...twice }, least: 23_000, met: toldBoth },
]

test.for(captures.map((survey) => [survey.name, survey] as const))(
  "answers a copied request of %s inside its nonce's life alone, and refuses its owner nothing",
  ([, survey]) => expectNothingBroken(survey),
)
