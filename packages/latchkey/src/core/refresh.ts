// One refresh, end to end: is the token ours, is the proof right, what does the rule say, what does the client get.
// This is the shell around rotation.ts: it performs the rule's commands on the store, turns the outcome into tokens
// or a coded refusal, and tells the listeners. It decides nothing itself.

import { checkedClaims, splitClaims } from './claims.ts'
import { firstParty } from './clients.ts'
import { noteEnded, tokensOf, type Engine, type Tokens } from './engine.ts'
import { LatchkeyError, type ErrorCode } from './errors.ts'
import { nowhere, type Events, type OriginOf } from './events.ts'
import { publicIdOf } from './public-id.ts'
import type { OpenedToken } from './refresh-token.ts'
import { rotation, type Command, type Outcome, type Presented } from './rotation.ts'
import { grantedScope } from './scope.ts'
import { isLive, viewOf, type Session, type Transport } from './session.ts'
import { createPatience, type StoreCall } from './store-calls.ts'

export interface RefreshRequest {
  /** The refresh token as it came. */
  readonly token: string
  /** How it came. */
  readonly transport: Transport
  /** The `Latchkey-Proof` header as it came. */
  readonly proof?: string | undefined
  /** For a caller that can prove nothing, a page without script: refused where the session asks for a proof, and no alarm. */
  readonly provesNothing?: boolean | undefined
  /** Thumbprint of the key whose DPoP proof came with the token (RFC 9449), verified by the caller. */
  readonly thumbprint?: string | undefined
  /** Whether only a session that is bound to such a key may go on: another one is refused, and nothing has moved. */
  readonly bound?: boolean | undefined
  /** The client that sent it, authenticated by the caller; `first-party` where nothing is said. */
  readonly client?: string | undefined
  /** A narrower scope for the access token (RFC 6749 s6); the session keeps its own. */
  readonly scope?: string | undefined
  /** What the client may have by now, which may be less than when the session began; all of it, where nothing is said. */
  readonly within?: ReadonlySet<string> | undefined
  readonly origin?: OriginOf | undefined
  /** Called with the public session id once the token is authentic and proved, before anything moves. What it throws is the answer. */
  readonly admit?: ((sessionId: string) => void | Promise<void>) | undefined
}

/** Trades a refresh token for a new pair. Throws the refusals of docs/errors.md, or `store_unavailable`. */
export async function refresh(engine: Engine, request: RefreshRequest): Promise<Tokens> {
  // First of all: by a wrong clock a good nonce is old.
  engine.checkClock()
  const opened = await authentic(engine, request)
  prove(engine, opened, request, engine.ports.now())
  if (opened.proof !== 'dpop') await request.admit?.(publicIdOf(opened.root, opened.sid))
  // Only now: a rotation that was dated back by a slow `admit` would make a thief of the client's next tab.
  // And not later than the look at the row: no token may outlive this node's memory of a sign-out that comes meanwhile (I10).
  const now = engine.ports.now()
  const outcome = await drive(engine, opened, request, now)
  return answer(engine, outcome, request, now)
}

/** What says of a token whether it is authentic. */
export type Carried = Pick<RefreshRequest, 'token' | 'client'> & { readonly transport?: Transport | undefined }

/** The opened token, or a refusal that cost no store access. Throws `token_invalid`, `token_expired` or `store_unavailable`. */
export async function authentic(engine: Engine, carried: Carried): Promise<OpenedToken> {
  const opened = engine.refreshTokens.open(carried.token, carried.client ?? firstParty, carried.transport)
  if (!('refused' in opened)) return opened
  if (opened.refused === 'forged') throw new LatchkeyError('token_invalid')
  await engine.learnKeys()
  if (engine.ring.roots.has(opened.kid)) return authentic(engine, carried)
  throw await unknownKey(engine, opened.kid, opened.claimedSid)
}

// Another node may use a key that this one will learn of, and that must not sign anybody out (I3). But where the store
// lists no such key, or holds no live session under the id that the token claims, no key could make it a good one.
async function unknownKey(engine: Engine, kid: number, claimedSid: string): Promise<LatchkeyError> {
  const gone = new LatchkeyError('token_expired', { detail: `refresh key ${kid} is no longer in use` })
  if (!(await engine.isListed(kid))) return gone
  const session = await engine.call((signal) => engine.store.find(claimedSid, signal))
  if (session === null || !isLive(session, engine.ports.now())) return gone
  return new LatchkeyError('store_unavailable', { detail: `refresh key ${kid} is not known here yet` })
}

// A session key proves itself by the request alone. A key of DPoP is compared with the row (rotation.ts); here it is
// only refused to come without one.
function prove(engine: Engine, opened: OpenedToken, request: RefreshRequest, now: number): void {
  const { token, proof, transport, thumbprint, bound = false } = request
  // No alarm: the session began when its client did not have to be bound.
  if (bound && opened.proof !== 'dpop') throw new LatchkeyError('proof_refused')
  if (opened.proof === 'plain' || (opened.proof === 'dpop' && thumbprint !== undefined)) return
  if (request.provesNothing === true) throw new LatchkeyError('proof_refused')
  const { root, sid, generation } = opened
  // In cookie mode script cannot see the token, so the proof cannot cover it.
  const covered = transport === 'cookie' ? '' : token
  const keyed = opened.proof === 'session_key' && proof !== undefined
  const judgement = keyed ? engine.sessionKeys.judge(proof, covered, root, sid, now) : 'wrong'
  if (judgement === 'right') return
  if (judgement === 'stale') throw new LatchkeyError('nonce_stale', { nonce: engine.sessionKeys.nonce(root, sid, now) })
  throw unproved(engine, publicIdOf(root, sid), generation, request, now)
}

function unproved(
  engine: Engine,
  sessionId: string,
  generation: number,
  { origin = nowhere }: RefreshRequest,
  now: number,
): LatchkeyError {
  engine.events.emit('unproved', now, () => ({ sessionId, generation, origin: origin() }))
  return new LatchkeyError('proof_refused')
}

interface Driven {
  readonly engine: Engine
  readonly sid: string
  readonly presented: Presented
  readonly request: RefreshRequest
  readonly call: StoreCall
}

// All that one refresh asks of its store and of the hook shares one deadline, so that the whole of it stays below the
// leeway: a tab that asked a moment later must not be taken for a thief.
async function drive(engine: Engine, opened: OpenedToken, request: RefreshRequest, now: number): Promise<Outcome> {
  const { policy, ports, renew } = engine
  const { call, end } = createPatience(ports, policy.storeDeadlineMs, engine.checkClock)
  // A key that comes with the token of a session that is bound to none means nothing: nobody binds at a renewal.
  const thumbprint = opened.proof === 'dpop' ? (request.thumbprint ?? null) : null
  const presented = { generation: opened.generation, now, leewayMs: policy.leewayMs, thumbprint }
  const driven = { engine, sid: opened.sid, presented, request, call }
  // A scope and a key are held against the row before anything moves: who asks for too much has lost nothing, and a thief
  // without the key uses up nothing of the owner's.
  const asksFirst = renew !== undefined || request.scope !== undefined || opened.proof === 'dpop'
  const steps = rotation(presented, asksFirst)
  try {
    let step = steps.next()
    while (step.done !== true) step = steps.next(await perform(driven, step.value))
    return step.value
  } finally {
    end()
  }
}

function perform(driven: Driven, command: Command): Promise<Session | null> {
  const { engine, sid, call } = driven
  const { now, thumbprint } = driven.presented
  const { client = firstParty, origin = nowhere } = driven.request
  const { store, policy } = engine
  switch (command.verb) {
    case 'advance': {
      const { from, to } = command
      const step = { sid, from, to, at: now, idleExpiresAt: now + policy.idleMs, client, thumbprint }
      return call((signal) => store.advance(step, signal))
    }
    case 'find':
      return call((signal) => store.find(sid, signal))
    case 'ask':
      return ask(engine, command.session, driven.request)
    case 'revoke':
      return call((signal) => store.revoke(sid, { at: now, reason: command.reason }, signal)).then((ended) => {
        if (ended !== null) noteEnded(engine, ended, origin, now)
        return ended
      })
  }
}

// The application's hook: it may renew the claims or refuse. What it throws, and what it keeps waiting, is an outage.
async function ask(engine: Engine, session: Session, request: RefreshRequest): Promise<Session | null> {
  const { renew, policy, ports } = engine
  const { scope, within, origin = nowhere } = request
  // Its key is that of the row, or the rule would not ask.
  if (session.proof === 'dpop') await request.admit?.(session.publicId)
  grantedScope(session.scope, scope, within)
  if (renew === undefined) return session
  const { added, authentication } = splitClaims(session.claims)
  let cancel = (): void => undefined
  const tooLong = new Promise<never>((_, reject) => {
    cancel = ports.after(policy.hookMs, () => reject(new Error(`the renew hook took more than ${policy.hookMs} ms`)))
  })
  try {
    const asked = Promise.resolve({ session: viewOf(session), claims: added, origin: origin() }).then(renew)
    const said = await Promise.race([asked, tooLong])
    if (said === undefined) return session
    if ('refuse' in said && said.refuse) return null
    return { ...session, claims: { ...checkedClaims('claims' in said ? said.claims : undefined), ...authentication } }
  } catch (cause) {
    throw new LatchkeyError('store_unavailable', { cause, detail: 'the renew hook failed' })
  } finally {
    cancel()
  }
}

const renewals = { rotate: 'renewed', heal: 'healed', again: 'again', leeway: 'again' } as const
const refusals = {
  missing: 'session_ended',
  ended: 'session_ended',
  expired: 'token_expired',
  regressed: 'session_ended',
  reuse: 'token_reused',
  refused: 'renewal_refused',
} as const satisfies Record<string, ErrorCode>

function answer(engine: Engine, outcome: Outcome, request: RefreshRequest, now: number): Tokens {
  const { events } = engine
  const { origin = nowhere, scope, within } = request
  switch (outcome.case) {
    case 'rotate':
    case 'heal':
    case 'again':
    case 'leeway':
      events.emit(renewals[outcome.case], now, () => told(outcome.session, outcome.depth, origin))
      return tokensOf(engine, outcome.session, now, grantedScope(outcome.session.scope, scope, within))
    case 'gone': {
      const { session, why } = outcome
      if (why === 'expired' && session !== null) events.emit('expired', now, () => ({ session: viewOf(session) }))
      throw new LatchkeyError(refusals[why])
    }
    case 'unproved':
      throw unproved(engine, outcome.session.publicId, outcome.session.generation + outcome.depth, request, now)
    case 'regressed':
      events.emit('store_regressed', now, () => told(outcome.session, outcome.depth, origin))
      throw new LatchkeyError(refusals.regressed)
    case 'reuse':
      events.emit('reuse', now, () => told(outcome.session, outcome.depth, origin))
      throw new LatchkeyError(refusals.reuse)
    case 'refused':
      throw new LatchkeyError(refusals.refused)
    case 'busy':
      throw new LatchkeyError('store_unavailable', { detail: 'lost the swap at every try' })
  }
}

const told = (session: Session, depth: number, origin: OriginOf): Events['reuse'] => ({
  session: viewOf(session),
  depth,
  origin: origin(),
})
