// What must hold, as questions about one step of the server (docs/protocol.md, "What must be proved by machine"). Each
// is named by what would be seen if it did not hold. The one token and the one successor of a generation are kept over
// all histories, because nothing that happens may have an influence on them.

import { judge, step, type Step } from './serving.ts'
import { send, serve, type Answer, type Delivered, type Sent } from './message.ts'
import { policy, type ServerNode } from './server.ts'
import type { Row, State, World } from './world.ts'

export type Violation =
  | 'an owner is refused'
  | 'an owner is locked out'
  | 'a session ends unasked'
  | 'a thief is served'
  | 'a thief rides along'
  | 'a generation has two tokens'
  | 'a generation has two successors'
  | 'an answer is older than its request'
  | 'the row goes back'
  | 'a revoked session goes on'

/** Whether a request that ends the session here does so with good reason: a plain session's alarm after a theft. */
export const isAlarm = (state: State): boolean =>
  state.thief !== null && state.thief.tokens.length > 0 && state.row.session.proof === 'plain'

/** What one store command has broken in the row. */
export function brokenRow(state: State, after: Row): Violation | null {
  const before = state.row.session
  const { revokedAt, generation } = after.session
  if (before.revokedAt !== null && revokedAt !== before.revokedAt) return 'a revoked session goes on'
  if (generation < before.generation) return 'the row goes back'
  if (revokedAt !== null && before.revokedAt === null && !isAlarm(state)) return 'a session ends unasked'
  return null
}

/** What an answer breaks, whoever it is for. `moved`: whether its request has moved the row. */
export function brokenAnswer(world: World, state: State, sent: Sent, answer: Answer, moved: boolean): Violation | null {
  if (answer.says === 'refused') return sent.who === 'owner' && !isOver(state) ? 'an owner is refused' : null
  if (answer.says !== 'tokens') return null
  const { token } = answer
  if (state.row.session.revokedAt !== null) return 'a revoked session goes on'
  if (token.generation <= sent.token.generation) return 'an answer is older than its request'
  if (!isSame(world.texts, token.generation, token.text)) return 'a generation has two tokens'
  if (moved && !isSame(world.successors, sent.token.generation, token.text)) return 'a generation has two successors'
  return null
}

/** What an answer to the thief, or to the owner after him, breaks. */
export function brokenByThief(state: State, sent: Sent, answer: Answer, now: number): Violation | null {
  if (state.thief === null || answer.says !== 'tokens') return null
  const keyed = state.row.session.proof === 'session_key'
  if (sent.who === 'owner') return !keyed && state.thief.served ? 'a thief rides along' : null
  if (!keyed) return null
  // Only a copied whole request holds a right proof, and its nonce says until when it may be good.
  const { proof } = sent
  const isCopied = proof !== null && state.thief.proofs.includes(proof)
  return isCopied && now - proof.nonce.minutes * 60_000 <= policy.nonceLifeMs ? null : 'a thief is served'
}

/** The session has been ended with good reason, or this very step ends it with one. */
const isOver = (state: State): boolean => state.ended || isAlarm(state)

function isSame(known: Map<number, string>, generation: number, text: string): boolean {
  const first = known.get(generation)
  if (first === undefined) known.set(generation, text)
  return first === undefined || first === text
}

/** In every state, an owner whom nobody disturbs must get his tokens: at once, or after one stale nonce. */
export function brokenState(world: World, state: State): Violation | null {
  if (state.ended || state.row.session.revokedAt !== null) return null
  const key = state.row.code + state.held.code + String.fromCharCode(state.clock)
  const known = world.undisturbed.get(key)
  if (known !== undefined) return known ? null : 'an owner is locked out'
  const [node] = world.servers.before
  const answer = node === undefined ? null : undisturbed(world, state, node)
  world.undisturbed.set(key, answer?.says === 'tokens')
  return answer?.says === 'tokens' ? null : 'an owner is locked out'
}

function undisturbed(world: World, state: State, node: ServerNode): Answer {
  const now = world.instants[state.clock] ?? 0
  const first = requestOf(world, state.held.token, state.held.nonce)
  const refused = judge(node, first, now)
  if (refused?.says === 'nonce_stale') return settled(world, state, node, requestOf(world, first.token, refused.nonce))
  return refused ?? settled(world, state, node, first)
}

/** The owner's request with what he holds. */
export function requestOf({ servers }: World, token: Sent['token'], nonce: Delivered['nonce'], again = false): Sent {
  return send('owner', token, nonce === null ? null : servers.owner(nonce, token), again)
}

function settled(world: World, state: State, node: ServerNode, sent: Sent): Answer {
  const now = world.instants[state.clock] ?? 0
  const refused = judge(node, sent, now)
  if (refused !== null) return refused
  let row = state.row
  let serving = serve({ sent, node, now, replies: [], moved: false, place: [0, state.clock] })
  for (;;) {
    const done: Step = step(world, serving, row)
    if (done.answer !== null) return done.answer
    if (done.next === null) throw new Error('a step neither answers nor goes on')
    row = done.row
    serving = done.next
  }
}
