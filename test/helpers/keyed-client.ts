// An honest client with a session key, written from docs/protocol.md alone: it asks for a key at sign-in, proves it with
// each renewal, tries once more with a new nonce, and keeps the newest token that it has seen. It shares no code with
// the library, so that the two can be wrong about the protocol only independently.

import { createHash, createHmac } from 'node:crypto'
import { ask, signed, type Answer, type Signed } from './requests.ts'
import type { Credentials } from './server.ts'

/** What a client keeps between renewals, beside the nonce. */
type Held = Pick<Signed, 'accessToken' | 'refreshToken' | 'sessionKey'>

export class KeyedClient {
  readonly sessionKey: string
  accessToken: string
  refreshToken: string
  nonce: string

  constructor({ accessToken, refreshToken, sessionKey = '' }: Held, nonce: string) {
    this.accessToken = accessToken
    this.refreshToken = refreshToken
    this.sessionKey = sessionKey
    this.nonce = nonce
  }

  static async signIn(url: string, credentials: Credentials): Promise<KeyedClient> {
    const answer = await ask(url, 'POST /login', { body: credentials, headers: { 'Latchkey-Proof': 'v1' } })
    return new KeyedClient(signed(answer), answer.headers.get('Latchkey-Nonce') ?? '')
  }

  /** The proof header for this token. */
  proof(token = this.refreshToken, nonce = this.nonce): string {
    const hash = createHash('sha256').update(token).digest('base64url')
    const text = ['latchkey/proof/v1', 'refresh', nonce, hash].join('\n')
    const mac = createHmac('sha256', Buffer.from(this.sessionKey, 'base64url')).update(text).digest('base64url')
    return `v1.${nonce}.${mac}`
  }

  /** Sends this token with its proof, and takes nothing from the answer. */
  send(url: string, refreshToken = this.refreshToken): Promise<Answer> {
    const headers = { 'Latchkey-Proof': this.proof(refreshToken), Accept: 'application/problem+json' }
    return ask(url, 'POST /token', { body: { refreshToken }, headers })
  }

  /** One renewal, with the one more try that a stale nonce asks for. */
  async renew(url: string): Promise<Answer> {
    const first = await this.send(url)
    const answer = first.status === 401 && this.#takeNonce(first) ? await this.send(url) : first
    if (answer.status === 200) this.take(answer)
    return answer
  }

  take(answer: Answer): void {
    const { accessToken, refreshToken } = signed(answer)
    this.accessToken = accessToken
    this.refreshToken = refreshToken
    this.#takeNonce(answer)
  }

  #takeNonce({ headers }: Answer): boolean {
    const nonce = headers.get('Latchkey-Nonce')
    if (nonce !== null) this.nonce = nonce
    return nonce !== null
  }
}
