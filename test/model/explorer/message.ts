// A refresh on its way: from the owner to the server, at the server between two commands to the store, or back. A
// request at the server is a generator, which cannot be copied; so it is kept as the replies that it has had, and run
// again from its start whenever it goes on.

import type { Session } from '../../../packages/latchkey/src/core/session.ts'
import type { Nonce, Proof, ServerNode, Token } from './server.ts'

export type Who = 'owner' | 'thief'

/** What the client is told. `unavailable` decides nothing. */
export type Answer =
  | { readonly says: 'tokens'; readonly token: Token; readonly nonce: Nonce | null }
  | { readonly says: 'nonce_stale'; readonly nonce: Nonce }
  | { readonly says: 'refused'; readonly code: string }
  | { readonly says: 'unavailable' }

/** What is worth carrying back: a refusal has no further effect, because it is judged when it is made. */
export type Delivered = Extract<Answer, { readonly nonce: Nonce | null }>

export interface Sent {
  readonly at: 'network'
  readonly who: Who
  readonly token: Token
  readonly proof: Proof | null
  /** Whether this is the one more try that `nonce_stale` asks for. */
  readonly again: boolean
  readonly code: string
}

export interface Serving {
  readonly at: 'server'
  readonly sent: Sent
  readonly node: ServerNode
  /** The server's clock when the request arrived. */
  readonly now: number
  readonly replies: readonly (Session | null)[]
  /** Whether one of its swaps has moved the row. */
  readonly moved: boolean
  /** Tells nodes and instants apart: index of the node, index of the instant. */
  readonly place: readonly [number, number]
  readonly code: string
}

export interface Answered {
  readonly at: 'client'
  readonly again: boolean
  readonly answer: Delivered
  readonly code: string
}

export type Message = Sent | Serving | Answered

const [network, server, back] = [1, 2, 3]

export const send = (who: Who, token: Token, proof: Proof | null, again = false): Sent => ({
  at: 'network',
  who,
  token,
  proof,
  again,
  code: String.fromCharCode(network, who === 'owner' ? 0 : 1, token.id, proof?.id ?? 0, again ? 1 : 0),
})

export function serve(parts: Omit<Serving, 'at' | 'code'>): Serving {
  const { sent, replies, moved, place } = parts
  let code = String.fromCharCode(server, ...place, moved ? 1 : 0, replies.length) + sent.code
  for (const reply of replies) code += reply === null ? '\0' : String.fromCharCode(reply.generation) + codeOf(reply)
  return { at: 'server', ...parts, code }
}

// The rotation looks at the generation, the age and the end of a row; whole minutes keep the two instants small.
const codeOf = ({ rotatedAt, revokedAt, createdAt }: Session): string =>
  String.fromCharCode(minutes(rotatedAt - createdAt), revokedAt === null ? 0 : 1 + minutes(revokedAt - createdAt))

const minutes = (ms: number): number => ms / 60_000

export function answered({ again }: Sent, answer: Delivered): Answered {
  const nonce = answer.nonce?.id ?? 0
  const numbers = answer.says === 'tokens' ? [0, answer.token.id, nonce] : [again ? 2 : 1, nonce]
  return { at: 'client', again, answer, code: String.fromCharCode(back, ...numbers) }
}
