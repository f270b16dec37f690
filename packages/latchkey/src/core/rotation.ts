// The keyed ratchet: the one place that knows when a refresh token rotates, repeats or ends its session (I5).
// `decide` judges one presented generation against one row; `rotation` is the whole exchange with the store, written
// as a generator so that it does no I/O itself (I1): the engine drives it over a real store, and the explorer in
// test/model drives the very same steps through every interleaving. However many requests race, all that go on get the
// token of one row and its one generation (I2).

import { clockToleranceMs } from './policy.ts'
import { isLive, type EndReason, type Session } from './session.ts'

/** A token may be this much older in the store than in the client's hand before it is no longer believed to heal. */
const healableGenerations = 1000
/** The last generation that fits the token. */
export const lastGeneration = 0xffff_ffff
/** How often one refresh may try the swap before it gives up with 503. */
const maxTries = 3

export interface Presented {
  /** The generation in an authentic token, whose proof, if the session asks for one, was right. */
  readonly generation: number
  readonly now: number
  readonly leewayMs: number
  /** Of the key that proved possession, where the session is bound to one; null for plain sessions and session keys. */
  readonly thumbprint: string | null
}

export type Verdict =
  | { readonly case: 'unproved' }
  | { readonly case: 'gone'; readonly why: 'missing' | 'ended' | 'expired' }
  | { readonly case: 'regressed' }
  | { readonly case: 'rotate' | 'heal'; readonly from: number; readonly to: number }
  | { readonly case: 'again'; readonly depth: number }
  | { readonly case: 'leeway'; readonly depth: number }
  | { readonly case: 'reuse'; readonly depth: number }

/** The rule: first match wins. Pure. See docs/protocol.md. */
export function decide(presented: Presented, session: Session | null): Verdict {
  const { generation, now } = presented
  if (session === null) return { case: 'gone', why: 'missing' }
  // The key that a session is bound to stands in its row alone, so this proof is judged here and not before the store.
  if (session.thumbprint !== presented.thumbprint) return { case: 'unproved' }
  if (!isLive(session, now)) return { case: 'gone', why: session.revokedAt === null ? 'expired' : 'ended' }
  const ahead = generation - session.generation
  if (ahead > healableGenerations || generation >= lastGeneration) return { case: 'regressed' }
  // The mac proves that the server issued this generation: if the row is behind, the store has lost writes.
  if (ahead >= 0) return { case: ahead === 0 ? 'rotate' : 'heal', from: session.generation, to: generation + 1 }
  const depth = -ahead
  if (session.proof !== 'plain') return { case: 'again', depth }
  return depth === 1 && inLeeway(presented, session) ? { case: 'leeway', depth } : { case: 'reuse', depth }
}

function inLeeway({ now, leewayMs }: Presented, session: Session): boolean {
  if (leewayMs === 0) return false
  const age = now - session.rotatedAt
  return age >= -clockToleranceMs && age <= leewayMs
}

/** What the rotation wants done next. Every command is answered with a row or null. */
export type Command =
  /** The swap; answered with the row after it, or null. */
  | { readonly verb: 'advance'; readonly from: number; readonly to: number }
  /** Answered with the row, or null. */
  | { readonly verb: 'find' }
  /** The application's hook; answered with the session as it may go on (claims renewed), or null for a refusal. */
  | { readonly verb: 'ask'; readonly session: Session }
  /** Durable end; answered with the row after it, or null where somebody else has ended it. */
  | { readonly verb: 'revoke'; readonly reason: EndReason }

export type Outcome =
  /** Issue the token of `session.generation`, and a fresh access token. */
  | { readonly case: 'rotate' | 'heal' | 'again' | 'leeway'; readonly session: Session; readonly depth: number }
  /** Refuse; the session, where there is one, is not touched. */
  | { readonly case: 'gone'; readonly why: 'missing' | 'ended' | 'expired'; readonly session: Session | null }
  | { readonly case: 'regressed' | 'unproved'; readonly session: Session; readonly depth: number }
  /** Refuse; the session has been ended. */
  | { readonly case: 'reuse' | 'refused'; readonly session: Session; readonly depth: number }
  /** Others moved the session at every try. Nothing was decided. */
  | { readonly case: 'busy' }

export type Rotation = Generator<Command, Outcome, Session | null>

/**
 * One refresh, from an authentic token to its outcome. Without a hook the swap is tried blind, because the token
 * that is presented is nearly always the newest: one store trip. With one, nothing may move before the hook has spoken.
 */
export function* rotation(presented: Presented, hooked: boolean): Rotation {
  let tries = 0
  if (!hooked && presented.generation < lastGeneration) {
    tries = 1
    const moved = yield { verb: 'advance', from: presented.generation, to: presented.generation + 1 }
    if (moved !== null) return { case: 'rotate', session: moved, depth: 0 }
  }
  let allowed: Session | null = null
  while (tries < maxTries) {
    const found = yield { verb: 'find' }
    const verdict = decide(presented, found)
    if (verdict.case === 'gone') return { ...verdict, session: found }
    if (found === null) throw new Error('a verdict about no row can only be gone')
    if (verdict.case === 'regressed' || verdict.case === 'unproved') {
      return { case: verdict.case, session: found, depth: presented.generation - found.generation }
    }
    if (verdict.case === 'reuse') return yield* end('reuse', 'reuse', found, verdict.depth)
    if (hooked && allowed === null) {
      allowed = yield { verb: 'ask', session: found }
      if (allowed === null) return yield* end('refused', 'renewal_refused', found, 0)
    }
    if (verdict.case === 'again' || verdict.case === 'leeway') {
      return { case: verdict.case, session: withClaims(found, allowed), depth: verdict.depth }
    }
    const moved = yield { verb: 'advance', from: verdict.from, to: verdict.to }
    if (moved !== null) {
      return { case: verdict.case, session: withClaims(moved, allowed), depth: verdict.to - 1 - verdict.from }
    }
    tries += 1
  }
  return { case: 'busy' }
}

function* end(
  outcome: 'reuse' | 'refused',
  reason: EndReason,
  session: Session,
  depth: number,
): Generator<Command, Outcome, Session | null> {
  const ended = yield { verb: 'revoke', reason }
  return { case: outcome, session: ended ?? session, depth }
}

const withClaims = (session: Session, allowed: Session | null): Session =>
  allowed === null ? session : { ...session, claims: allowed.claims }
