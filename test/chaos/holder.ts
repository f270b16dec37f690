// An honest holder of one session, keyed or plain: what it keeps, and how it asks. It follows docs/protocol.md: the
// newest token that it has seen, the newest nonce, one more try when a nonce is too old, and nothing thrown away for an
// outage. How often it asks, and when it loses answers, is in owners.ts and visitors.ts.

import { KeyedClient } from '../helpers/keyed-client.ts'
import { generationOf, signed, type Answer } from '../helpers/requests.ts'
import type { Chance } from './chance.ts'
import { markOf, type Kind } from './history.ts'
import { send } from './wire.ts'
import { sleep, type World } from './world.ts'

const rememberedTokens = 8
/** Between two tries while the servers are away. */
const againMs = [60, 250] as const

export interface Renewing {
  readonly token?: string
  readonly hangUpMs?: number | undefined
}

export class Holder {
  readonly kind: Kind
  readonly session: string
  readonly #world: World
  readonly #chance: Chance
  readonly #client: KeyedClient
  /** When the request was sent that brought the access token. */
  #accessSince: number
  /** Tokens that it once had: a tab that slept, storage that was set back. */
  readonly olderTokens: string[] = []

  private constructor(world: World, chance: Chance, kind: Kind, client: KeyedClient, accessSince: number) {
    this.#world = world
    this.#chance = chance
    this.kind = kind
    this.session = markOf(client.refreshToken).session
    this.#client = client
    this.#accessSince = accessSince
  }

  get refreshToken(): string {
    return this.#client.refreshToken
  }

  get nonce(): string {
    return this.#client.nonce
  }

  /** Signs in, at any node, as often as it takes; null when the run is over first. */
  static async signIn(world: World, chance: Chance, kind: Kind): Promise<Holder | null> {
    const headers: Record<string, string> = kind === 'keyed' ? { 'Latchkey-Proof': 'v1' } : {}
    while (world.goesOn) {
      const since = world.history.now()
      const login = { who: 'owner', kind, route: 'login', node: world.anyNode(chance), headers } as const
      const answer = await world.durably(() => send(world, { ...login, body: { ...world.credentials } }))
      if (answer?.status === 200) {
        const client = new KeyedClient(signed(answer), answer.headers.get('Latchkey-Nonce') ?? '')
        return new Holder(world, chance, kind, client, since)
      }
      await sleep(chance.between(...againMs))
    }
    return null
  }

  /** One renewal, with the one more try that an old nonce asks for; null where no answer was had. */
  async renew({ token = this.refreshToken, hangUpMs }: Renewing = {}): Promise<Answer | null> {
    const first = await this.#present(token, hangUpMs)
    return first?.status === 401 && this.#takeNonce(first) ? this.#present(token, hangUpMs) : first
  }

  /** Renews at one node after the other until one decides: the answer, which is no outage; null when the run is over. */
  async renewSurely(first: Answer | null = null): Promise<Answer | null> {
    for (let answer = first; this.#world.goesOn; answer = await this.renew()) {
      if (answer !== null && answer.status !== 503) return answer
      await sleep(this.#chance.between(...againMs))
    }
    return null
  }

  /** Shows the access token at a protected route of some node. */
  async look(node = this.#world.anyNode(this.#chance)): Promise<Answer | null> {
    const headers = { Authorization: `Bearer ${this.#client.accessToken}` }
    const { kind, session } = this
    return send(this.#world, {
      who: 'owner',
      kind,
      route: 'me',
      node,
      headers,
      session,
      accessSince: this.#accessSince,
    })
  }

  /** Signs out with any token of the session, until a node has said that it is done; false when the run is over first. */
  async signOut(): Promise<boolean> {
    while (this.#world.goesOn) {
      const token = this.#chance.pick([this.refreshToken, ...this.olderTokens])
      const node = this.#world.anyNode(this.#chance)
      const out = { who: 'owner', kind: this.kind, route: 'logout', node, refreshToken: token } as const
      const answer = await this.#world.durably(() => send(this.#world, { ...out, body: { refreshToken: token } }))
      if (answer?.status === 204) return true
      await sleep(this.#chance.between(...againMs))
    }
    return false
  }

  async #present(token: string, hangUpMs: number | undefined): Promise<Answer | null> {
    const since = this.#world.history.now()
    const headers: Record<string, string> = this.kind === 'keyed' ? { 'Latchkey-Proof': this.#client.proof(token) } : {}
    const node = this.#world.anyNode(this.#chance)
    const renewal = { who: 'owner', kind: this.kind, route: 'renew', node, headers, refreshToken: token } as const
    const lost = hangUpMs === undefined ? {} : { hangUpMs }
    const answer = await send(this.#world, { ...renewal, ...lost, body: { refreshToken: token } })
    if (answer?.status === 200) this.#take(answer, since)
    return answer
  }

  // Answers overtake one another: the newest token is the one of the highest generation.
  #take(answer: Answer, since: number): void {
    const { accessToken, refreshToken } = signed(answer)
    this.#takeNonce(answer)
    if (since >= this.#accessSince) {
      this.#client.accessToken = accessToken
      this.#accessSince = since
    }
    if (generationOf(refreshToken) <= generationOf(this.refreshToken)) return
    this.olderTokens.push(this.refreshToken)
    if (this.olderTokens.length > rememberedTokens) this.olderTokens.shift()
    this.#client.refreshToken = refreshToken
  }

  #takeNonce({ headers }: Answer): boolean {
    const nonce = headers.get('Latchkey-Nonce')
    if (nonce !== null) this.#client.nonce = nonce
    return nonce !== null
  }
}
