// The rules in use elsewhere, as docs/protocol.md lists them: each gives up either the honest owner or the alarm. They
// are decided by other functions than `decide`, and driven by a copy of the loop of core/rotation.ts, which accepts
// one; a test shows that the copy, given the real `decide`, explores exactly what the real rotation does.

import { decide, type Presented, type Rotation, type Verdict } from '../../../packages/latchkey/src/core/rotation.ts'
import { isLive, type Session } from '../../../packages/latchkey/src/core/session.ts'
import { realRule, type Rule } from './server.ts'

export type Decide = (presented: Presented, session: Session | null) => Verdict

/** A rule that differs from the real one in its decision alone. */
export const ruleBy = (name: string, decision: Decide): Rule => ({
  ...realRule,
  name,
  rotation: (presented, hooked) => rotationBy(decision, presented, hooked),
})

function* rotationBy(decision: Decide, presented: Presented, hooked: boolean): Rotation {
  const from = presented.generation
  if (!hooked) {
    const moved = yield { verb: 'advance', from, to: from + 1 }
    if (moved !== null) return { case: 'rotate', session: moved, depth: 0 }
  }
  for (let tries = hooked ? 0 : 1; tries < 3; tries += 1) {
    const found = yield { verb: 'find' }
    const verdict = decision(presented, found)
    if (verdict.case === 'gone') return { ...verdict, session: found }
    if (found === null) throw new Error('a verdict about no row can only be gone')
    if (verdict.case === 'regressed' || verdict.case === 'unproved') {
      return { case: verdict.case, session: found, depth: 0 }
    }
    if (verdict.case === 'reuse') {
      yield { verb: 'revoke', reason: 'reuse' }
      return { case: 'reuse', session: found, depth: verdict.depth }
    }
    if (hooked && tries === 0) yield { verb: 'ask', session: found }
    if (verdict.case === 'again' || verdict.case === 'leeway') return { ...verdict, session: found }
    const moved = yield { verb: 'advance', from: verdict.from, to: verdict.to }
    if (moved !== null) return { case: verdict.case, session: moved, depth: 0 }
  }
  return { case: 'busy' }
}

/** The real decision in the copied loop. */
export const copiedRule: Rule = ruleBy('the real decision in the copied loop', decide)

/** What these rules have in common: tokens are looked up, so one that the store does not know is no token at all. */
const lookedUp =
  (ofOld: (presented: Presented, session: Session, depth: number) => Verdict): Decide =>
  (presented, session) => {
    if (session === null || !isLive(session, presented.now)) return { case: 'gone', why: 'ended' }
    const depth = session.generation - presented.generation
    if (depth < 0) return { case: 'gone', why: 'missing' }
    return depth === 0
      ? { case: 'rotate', from: session.generation, to: session.generation + 1 }
      : ofOld(presented, session, depth)
  }

/** Any old token ends the session. */
export const strict: Rule = ruleBy(
  'strict',
  lookedUp((_presented, _session, depth) => ({ case: 'reuse', depth })),
)

/** The token before the newest works for some seconds. */
export const leeway: Rule = ruleBy(
  'leeway',
  lookedUp(({ now, leewayMs }, { rotatedAt }, depth) =>
    depth === 1 && now - rotatedAt <= leewayMs ? { case: 'leeway', depth } : { case: 'reuse', depth },
  ),
)

/** The token before the newest works until the newest has been used. */
export const previousWorks: Rule = ruleBy(
  'the previous token works until the new one is used',
  lookedUp((_presented, _session, depth) => (depth === 1 ? { case: 'leeway', depth } : { case: 'reuse', depth })),
)
