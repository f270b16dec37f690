// Small faults, each put into the real rule alone, and the smallest world in which it must be noticed. If one of them
// can live unseen, the explorer is not looking at what it says it looks at.

import { decide, rotation, type Rotation, type Verdict } from '../../../packages/latchkey/src/core/rotation.ts'
import type { Session } from '../../../packages/latchkey/src/core/session.ts'
import type { Violation } from './properties.ts'
import { realRule, type Rule } from './server.ts'
import { ruleBy, type Decide } from './weaker-rules.ts'
import type { Config } from './world.ts'

export interface Mutation {
  readonly rule: Rule
  readonly config: Config
  readonly noticed: Violation
}

const keyed: Config = { proof: 'session_key', client: 'freshest', tabs: 2, generations: 3 }
const plain: Config = { ...keyed, proof: 'plain' }
const thief = { copies: 1, captures: 0 }

/** The real rule, with some of its verdicts replaced. */
const altered = (name: string, alter: (verdict: Verdict, session: Session, now: number) => Verdict): Rule => {
  const decision: Decide = (presented, session) => {
    const verdict = decide(presented, session)
    return session === null ? verdict : alter(verdict, session, presented.now)
  }
  return ruleBy(name, decision)
}

const onward = ({ generation: from }: Session): Verdict => ({ case: 'rotate', from, to: from + 1 })

/** Believes that its swap has succeeded, whatever the store says. */
function* believing(steps: Rotation): Rotation {
  let step = steps.next()
  let last: Session | null = null
  while (step.done !== true) {
    const reply: Session | null = yield step.value
    if (step.value.verb === 'find') last = reply
    const believed: Session | null =
      step.value.verb === 'advance' && last !== null ? { ...last, generation: step.value.to } : reply
    step = steps.next(believed)
  }
  return step.value
}

const decisions: readonly Mutation[] = [
  {
    rule: altered('a store that lost writes is not healed', (verdict) =>
      verdict.case === 'heal' ? { case: 'gone', why: 'missing' } : verdict,
    ),
    config: { ...keyed, rollbacks: 1 },
    noticed: 'an owner is refused',
  },
  {
    rule: altered('a store that lost writes is healed by one step only', (verdict, session) =>
      verdict.case === 'heal' ? onward(session) : verdict,
    ),
    config: { ...keyed, rollbacks: 1 },
    noticed: 'an answer is older than its request',
  },
  {
    rule: altered('only the token before the newest is answered again', (verdict) =>
      verdict.case === 'again' && verdict.depth > 1 ? { ...verdict, case: 'reuse' } : verdict,
    ),
    config: keyed,
    noticed: 'a session ends unasked',
  },
  {
    rule: altered('an old token is answered again for a while only', (verdict, { rotatedAt }, now) =>
      verdict.case === 'again' && now - rotatedAt > 10_000 ? { ...verdict, case: 'reuse' } : verdict,
    ),
    config: { ...keyed, tabs: 1, minutes: [1] },
    noticed: 'a session ends unasked',
  },
  {
    rule: altered('an old token is refused', (verdict) =>
      verdict.case === 'again' ? { case: 'gone', why: 'missing' } : verdict,
    ),
    config: { ...keyed, tabs: 1 },
    noticed: 'an owner is locked out',
  },
  {
    rule: altered('an old token moves the session on', (verdict, session) =>
      verdict.case === 'again' ? onward(session) : verdict,
    ),
    config: keyed,
    noticed: 'a generation has two successors',
  },
  {
    rule: altered('the leeway moves the session on', (verdict, session) =>
      verdict.case === 'leeway' ? onward(session) : verdict,
    ),
    config: { ...plain, tabs: 1 },
    noticed: 'a generation has two successors',
  },
  {
    rule: altered('the leeway ends the session', (verdict) =>
      verdict.case === 'leeway' ? { ...verdict, case: 'reuse' } : verdict,
    ),
    config: { ...plain, tabs: 1 },
    noticed: 'a session ends unasked',
  },
  {
    rule: ruleBy('a revoked session is answered again', (presented, session) =>
      decide(presented, session === null ? null : { ...session, revokedAt: null }),
    ),
    config: { ...keyed, tabs: 1, signOut: 'kept' },
    noticed: 'a revoked session goes on',
  },
]

const surroundings: readonly Mutation[] = [
  {
    rule: { ...realRule, name: 'the swap is believed', rotation: (...given) => believing(rotation(...given)) },
    config: { ...keyed, hooked: true, signOut: 'kept' },
    noticed: 'a revoked session goes on',
  },
  {
    rule: { ...realRule, name: 'the swap does not compare', compares: false },
    config: keyed,
    noticed: 'the row goes back',
  },
  {
    rule: {
      ...realRule,
      name: 'tokens are minted with the newest key',
      minted: (session, ring) => ({ ...session, kid: ring.activeRoot(0).kid }),
    },
    config: { ...keyed, keyRotation: true },
    noticed: 'a generation has two tokens',
  },
  {
    rule: { ...realRule, name: 'proofs are not judged', judged: () => 'right' },
    config: { ...keyed, thief },
    noticed: 'a thief is served',
  },
  {
    rule: { ...realRule, name: 'a nonce lives for ever', judged: (judged) => (judged === 'stale' ? 'right' : judged) },
    config: { ...keyed, minutes: [21], thief: { copies: 0, captures: 1 } },
    noticed: 'a thief is served',
  },
  {
    rule: {
      ...realRule,
      name: 'a stale nonce is a wrong proof',
      judged: (judged) => (judged === 'stale' ? 'wrong' : judged),
    },
    config: { ...keyed, minutes: [21] },
    noticed: 'an owner is refused',
  },
]

export const mutations: readonly Mutation[] = [...decisions, ...surroundings]
