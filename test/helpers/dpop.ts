// Makes DPoP proofs (RFC 9449) from node:crypto and the RFC alone, right ones and wrong ones in any single respect, and an
// honest client that keeps one key, learns nonces from the answers and tries once more where it is told to.

import { createHash, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto'
import { ask, signed, type Answer, type Signed } from './requests.ts'
import type { Credentials } from './server.ts'

export type ProofAlgorithm = 'ES256' | 'Ed25519' | 'EdDSA' | 'RS256' | 'PS256'
type Members = Readonly<Record<string, unknown>>

/** What a proof is about; what is left out is as in any honest one, and has no nonce and no ath. */
export interface ProofOf {
  readonly method: string
  readonly url: string
  readonly nonce?: string | undefined
  /** The access token that it goes with, for ath. */
  readonly token?: string | undefined
  /** Epoch milliseconds; now where nothing is said. */
  readonly at?: number
  readonly jti?: string
  /** Instead of what stands there, or beside it; undefined takes a member away. */
  readonly header?: Members
  readonly claims?: Members
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')
const segment = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A key pair of a client. */
export class DpopKey {
  readonly alg: ProofAlgorithm
  readonly privateKey: KeyObject
  /** The public key, as it stands in proofs. */
  readonly jwk: Readonly<Record<string, string>>

  constructor(alg: ProofAlgorithm = 'ES256') {
    this.alg = alg
    const { privateKey, publicKey } = pairFor(alg)
    this.privateKey = privateKey
    this.jwk = publicKey.export({ format: 'jwk' }) as Record<string, string>
  }

  /** RFC 7638: the members that make the key, in the order of their names. */
  get thumbprint(): string {
    const names = ['crv', 'e', 'kty', 'n', 'x', 'y'].filter((name) => name in this.jwk)
    return sha256(JSON.stringify(Object.fromEntries(names.map((name) => [name, this.jwk[name]]))))
  }

  proof({ method, url, nonce, token, at = Date.now(), jti = randomUUID(), header = {}, claims = {} }: ProofOf): string {
    const ath = token === undefined ? undefined : sha256(token)
    const said = { jti, htm: method, htu: url, iat: Math.floor(at / 1000), nonce, ath, ...claims }
    return this.signed({ typ: 'dpop+jwt', alg: this.alg, jwk: this.jwk, ...header }, said)
  }

  /** A compact JWS over these, whatever they are. */
  signed(header: object, payload: object): string {
    return this.signedText(`${segment(header)}.${segment(payload)}`)
  }

  /** The same over two segments as they are. */
  signedText(text: string): string {
    return `${text}.${this.#sign(Buffer.from(text)).toString('base64url')}`
  }

  #sign(bytes: Buffer): Buffer {
    const key = this.privateKey
    switch (this.alg) {
      case 'ES256':
        return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
      case 'RS256':
        return sign('sha256', bytes, key)
      case 'PS256':
        // RSA_PKCS1_PSS_PADDING, with a salt as long as the digest (RFC 7518 s3.5).
        return sign('sha256', bytes, { key, padding: 6, saltLength: 32 })
      case 'Ed25519':
      case 'EdDSA':
        return sign(null, bytes, key)
    }
  }
}

function pairFor(alg: ProofAlgorithm): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  if (alg === 'RS256' || alg === 'PS256') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  return generateKeyPairSync('ed25519')
}

/** Where an application is asked, and how it is called from outside where that is another URL. */
export interface Place {
  readonly url: string
  readonly publicUrl?: string
  /** The time by the application's clock; the test's own where nothing is said. */
  readonly now?: () => number
}

export interface DpopAsked {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** The access token, under the scheme DPoP. */
  readonly token?: string
  /** Another proof than the honest one. */
  readonly proof?: Partial<ProofOf>
}

/** An honest client with one key and one session. */
export class DpopClient {
  readonly key: DpopKey
  accessToken = ''
  refreshToken = ''
  /** The newest nonce of token routes, and of resources. */
  readonly nonces: { token: string | undefined; resource: string | undefined } = {
    token: undefined,
    resource: undefined,
  }

  constructor(key: DpopKey = new DpopKey()) {
    this.key = key
  }

  static async signIn(place: Place, credentials: Credentials, key?: DpopKey): Promise<DpopClient> {
    const client = new DpopClient(key)
    client.take(await client.ask(place, 'POST /login', { body: credentials }))
    return client
  }

  /** Sends a request with its proof, once. */
  async send({ url, publicUrl = url, now = Date.now }: Place, route: string, asked: DpopAsked = {}): Promise<Answer> {
    const [method = '', path = ''] = route.split(' ')
    const { token, body } = asked
    const kind = token === undefined ? 'token' : 'resource'
    const about = { method, url: publicUrl + path, nonce: this.nonces[kind], token, at: now(), ...asked.proof }
    const authorization: Record<string, string> = token === undefined ? {} : { Authorization: `DPoP ${token}` }
    const headers = { DPoP: this.key.proof(about), ...authorization, ...asked.headers }
    const answer = await ask(url, route, { headers, ...(body === undefined ? {} : { body }) })
    this.nonces[kind] = answer.headers.get('DPoP-Nonce') ?? this.nonces[kind]
    return answer
  }

  /** The same, and once more where the answer asks for another nonce. */
  async ask(place: Place, route: string, asked: DpopAsked = {}): Promise<Answer> {
    const first = await this.send(place, route, asked)
    const again = first.headers.has('DPoP-Nonce') && (first.status === 401 || first.status === 400)
    return again ? this.send(place, route, asked) : first
  }

  /** One renewal, in the plain dialect. */
  async renew(place: Place): Promise<Answer> {
    const answer = await this.ask(place, 'POST /token', { body: { refreshToken: this.refreshToken } })
    if (answer.status === 200) this.take(answer)
    return answer
  }

  /** A protected route. */
  get(place: Place, path: string, proof: Partial<ProofOf> = {}): Promise<Answer> {
    return this.ask(place, `GET ${path}`, { token: this.accessToken, proof })
  }

  take(answer: Answer): Signed {
    const tokens = signed(answer)
    this.accessToken = tokens.accessToken
    this.refreshToken = tokens.refreshToken
    return tokens
  }
}
