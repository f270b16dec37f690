// The server of the explored world, made of the library's own code: RefreshTokens, SessionKeys and the rotation are the
// real ones, and `perform` does on a MemoryTable what `perform` of core/refresh.ts does on a store. Their answers are
// remembered by what they were asked, because an exploration asks the same few hundred questions millions of times.
// A `Rule` names the parts that a test may put in the real ones' place, to show that the explorer notices.

import { generateKeys } from '../../../packages/latchkey/src/generate-keys.ts'
import { createKeyRing, type KeyRing } from '../../../packages/latchkey/src/core/key-ring.ts'
import { RefreshTokens, type Mintable, type Opened } from '../../../packages/latchkey/src/core/refresh-token.ts'
import { rotation, type Presented, type Rotation } from '../../../packages/latchkey/src/core/rotation.ts'
import { SessionKeys, type ProofJudgement } from '../../../packages/latchkey/src/core/session-key.ts'
import type { Session, Transport } from '../../../packages/latchkey/src/core/session.ts'
import { createMaker, type Maker } from './proof-maker.ts'

export const policy = { leewayMs: 10_000, idleMs: 14 * 86_400_000, nonceLifeMs: 20 * 60_000 } as const
const issuer = 'https://model.example'
const environment = Buffer.alloc(16, 7)
const signing = generateKeys().signing
const oldKey = { kid: 1, root: Buffer.alloc(32, 1).toString('base64url') }
const newKey = { kid: 2, root: Buffer.alloc(32, 2).toString('base64url') }

/** A token as it travels, with what its owner may read from it, and a small number that stands for it in a key. */
export interface Token {
  readonly text: string
  readonly generation: number
  readonly id: number
}

/** A nonce as it travels; its time can be read from it. */
export interface Nonce {
  readonly text: string
  readonly minutes: number
  readonly id: number
}

/** A `Latchkey-Proof` header. */
export interface Proof {
  readonly header: string
  readonly nonce: Nonce
  readonly id: number
}

/** What the server goes by. The real one is `realRule`. */
export interface Rule {
  readonly name: string
  readonly rotation: (presented: Presented, hooked: boolean) => Rotation
  /** What becomes of the judgement of a proof. */
  readonly judged: (judgement: ProofJudgement) => ProofJudgement
  /** What a token is minted from. */
  readonly minted: (session: Mintable, ring: KeyRing) => Mintable
  /** Whether the store's swap looks at the generation. */
  readonly compares: boolean
}

/** The library as it is. */
export const realRule: Rule = {
  name: 'the real rule',
  rotation,
  judged: (judgement) => judgement,
  minted: (session) => session,
  compares: true,
}

/** One node: a key ring, and the real code that uses it. */
export class ServerNode {
  readonly #ring: KeyRing
  readonly #rule: Rule
  readonly #tokens: RefreshTokens
  readonly #keys = new SessionKeys(issuer, environment, policy.nonceLifeMs)
  readonly #transport: Transport
  readonly #shared: Shared
  readonly #minted = new Map<number, Token>()
  readonly #opened = new Map<Token, Opened>()
  readonly #judged = new Map<string, ProofJudgement>()
  readonly #nonces = new Map<number, Nonce>()

  constructor(ring: KeyRing, rule: Rule, transport: Transport, shared: Shared) {
    this.#ring = ring
    this.#rule = rule
    this.#tokens = new RefreshTokens(ring, issuer, environment)
    this.#transport = transport
    this.#shared = shared
  }

  mint(session: Session): Token {
    return remembered(this.#minted, session.generation * 256 + session.kid, () => {
      const text = this.#tokens.mint(this.#rule.minted(session, this.#ring))
      return this.#shared.token(text, session.generation)
    })
  }

  open(token: Token): Opened {
    return remembered(this.#opened, token, () => this.#tokens.open(token.text, client, this.#transport))
  }

  nonce(now: number): Nonce {
    return remembered(this.#nonces, now, () => this.#shared.nonce(this.#keys.nonce(this.#root, sid, now)))
  }

  judge(proof: Proof, token: Token, now: number): ProofJudgement {
    return remembered(this.#judged, `${proof.id} ${token.id} ${now}`, () => {
      const covered = this.#transport === 'cookie' ? '' : token.text
      return this.#rule.judged(this.#keys.judge(proof.header, covered, this.#root, sid, now))
    })
  }

  get sessionKey(): string {
    return this.#keys.keyOf(this.#root, sid)
  }

  /** The session's own key, which every node has; it is never the newer one. */
  get #root() {
    const root = this.#ring.roots.get(oldKey.kid)
    if (root === undefined) throw new Error('the key ring has lost its old key')
    return root
  }
}

export const sid = '0190163d86947ac2b3a1d9a7f7b1c001'
export const client = 'first-party'

/** Gives every text that travels its number, the same on all nodes. */
export class Shared {
  readonly #tokens = new Map<string, Token>()
  readonly #nonces = new Map<string, Nonce>()

  token(text: string, generation: number): Token {
    return remembered(this.#tokens, text, () => ({ text, generation, id: this.#tokens.size + 1 }))
  }

  nonce(text: string): Nonce {
    const minutes = Buffer.from(text, 'base64url').readUInt32BE(0)
    return remembered(this.#nonces, text, () => ({ text, minutes, id: this.#nonces.size + 1 }))
  }
}

export interface Servers {
  /** Before the key rotation there is one kind of node; during it a second one, whose active key is newer. */
  readonly before: readonly ServerNode[]
  readonly during: readonly ServerNode[]
  readonly owner: Maker
  readonly thief: Maker
}

/** The nodes of one exploration, and the hands that make proofs for them. */
export function createServers(rule: Rule, transport: Transport): Servers {
  const shared = new Shared()
  const node = (ring: KeyRing): ServerNode => new ServerNode(ring, rule, transport, shared)
  const old = node(createKeyRing({ refresh: [oldKey], signing }))
  const renewed = node(createKeyRing({ refresh: [newKey, oldKey], signing }))
  const covers = transport !== 'cookie'
  return {
    before: [old],
    during: [old, renewed],
    owner: createMaker(old.sessionKey, covers, 0),
    thief: createMaker(Buffer.alloc(32, 9).toString('base64url'), covers, 1),
  }
}

function remembered<Key, Value>(known: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = known.get(key) ?? make()
  known.set(key, value)
  return value
}
