// The thief: copies the owner's token, or whole requests, at any moment; sends what he has, with and without proofs,
// early, late and as often as he likes. His network never fails him.

import { send, type Answer, type Sent } from './message.ts'
import type { Emit } from './moves.ts'
import type { Proof, Token } from './server.ts'
import type { State, Thief, World } from './world.ts'

type Arrive = (world: World, state: State, sent: Sent, emit: Emit) => void

export function thiefMoves(world: World, state: State, thief: Thief, emit: Emit, arrive: Arrive): void {
  for (const token of thief.copies > 0 ? inSight(state) : []) {
    if (thief.tokens.includes(token)) continue
    const after = { ...having(thief, token), copies: thief.copies - 1 }
    emit({ ...state, thief: after }, () => `a thief copies ${token.generation}`)
  }
  const busy = state.messages.filter((message) => message.at === 'server' && message.sent.who === 'thief').length
  if (busy >= (world.config.thief?.hands ?? 1)) return
  for (const held of thief.tokens) {
    if (held.generation > world.config.generations) continue
    for (const proof of [null, ...forged(world, state, held), ...thief.proofs]) {
      arrive(world, state, send('thief', held, proof), emit)
    }
  }
}

/** Every token that lies in the owner's storage or travels. */
const inSight = ({ held, messages }: State): Set<Token> =>
  new Set([
    held.token,
    ...messages.flatMap((message) => {
      if (message.at === 'network') return [message.token]
      return message.at === 'client' && message.answer.says === 'tokens' ? [message.answer.token] : []
    }),
  ])

/** The best proof that can be made without the session key: with a fresh nonce and a key of his own. */
function forged({ servers, instants }: World, state: State, token: Token): Proof[] {
  const [node] = servers.before
  if (node === undefined || state.row.session.proof === 'plain') return []
  return [servers.thief(node.nonce(instants[state.clock] ?? 0), token)]
}

/** What becomes of a thief who sees a request of the owner pass. */
export function thiefWatched(state: State, thief: Thief, sent: Sent, emit: Emit): void {
  const { token, proof, who } = sent
  if (thief.captures === 0 || proof === null || who === 'thief' || thief.proofs.includes(proof)) return
  const proofs = [...thief.proofs, proof].sort((one, other) => one.id - other.id)
  const after = { ...having(thief, token), proofs, captures: thief.captures - 1 }
  emit({ ...state, thief: after }, () => `a thief copies the whole request with ${token.generation}`)
}

/** The state after somebody was given tokens. */
export function thiefTold(state: State, sent: Sent, answer: Answer): State {
  const { thief } = state
  if (thief === null || answer.says !== 'tokens' || sent.who === 'owner') return state
  return { ...state, thief: { ...having(thief, answer.token), served: state.row.session.proof === 'plain' } }
}

const having = (thief: Thief, token: Token): Thief =>
  thief.tokens.includes(token)
    ? thief
    : { ...thief, tokens: [...thief.tokens, token].sort((one, other) => one.id - other.id) }
