// DPoP (RFC 9449) for the client: each request is signed by a key pair of its own, so that a copied token is worth nothing,
// not even an access token. Apart from the core, because few ask for it. Nonces of the router are kept with the session;
// those of other routes are remembered here, one for each origin.

import { base64url, bytesOf } from './bytes.ts'
import { clientError } from './errors.ts'
import type { Proof, ProofHeaders, ProofKind } from './proof.ts'
import type { KeptKey } from './storage.ts'

export interface DpopOptions {
  /** The device's clock, epoch milliseconds. It may be wrong: the server goes by its nonces. */
  readonly now?: () => number
}

interface About {
  readonly method: string
  readonly url: string
  readonly nonce?: string | undefined
  readonly accessToken?: string
}

type Members = Readonly<Record<string, unknown>>

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const signature = { name: 'ECDSA', hash: 'SHA-256' }

const encoded = (value: Members): string => base64url(bytesOf(JSON.stringify(value)))

/** Proofs by a key of this device (ES256), whose private half script cannot read out where the storage holds keys. To be made once for each server. */
export const dpop = ({ now = Date.now }: DpopOptions = {}): Proof => {
  const nonces = new Map<string, string>()
  const headersBy = async (key: OpenedKey | undefined, about: About): Promise<ProofHeaders> =>
    key ? { DPoP: await proofOf(key, about, Math.floor(now() / 1000)) } : {}
  const headers = async (kept: KeptKey | undefined, about: About): Promise<ProofHeaders> =>
    headersBy(await opened(kept), about)
  // A token is sent many times: its key is read from the storage and opened once. None at all may be a storage that fails.
  let last: { readonly accessToken: string; readonly key: OpenedKey | undefined } | undefined
  return {
    nonceHeader: 'DPoP-Nonce',
    begin: async (asText) => {
      const key = await makeKey(asText)
      return { headers: (url, nonce) => headers(key, { method: 'POST', url, nonce }), key: async () => key }
    },
    prove: (url, { key, nonce }) => headers(key, { method: 'POST', url, nonce }),
    send: async (make, kept, accessToken, send) => {
      if (last?.accessToken !== accessToken || !last.key) last = { accessToken, key: await opened((await kept())?.key) }
      const { key } = last
      const once = async (request: Request): Promise<Response> => {
        const { method, url } = request
        const { origin } = new URL(url)
        const proof = await headersBy(key, { method, url, nonce: nonces.get(origin), accessToken })
        request.headers.set('Authorization', `${proof['DPoP'] ? 'DPoP' : 'Bearer'} ${accessToken}`)
        for (const [name, value] of Object.entries(proof)) request.headers.set(name, value)
        const answer = await send(request)
        const nonce = answer.headers.get('DPoP-Nonce')
        if (nonce) nonces.set(origin, nonce)
        return answer
      }
      const answer = await once(make())
      if (!asksForNonce(answer)) return answer
      const again = make()
      // A stream: it cannot be sent again, but the caller's next try will have the nonce.
      if (again.bodyUsed) throw clientError('BodyNotReplayable', { response: answer })
      answer.body?.cancel().catch(() => undefined)
      return once(again)
    },
  } satisfies ProofKind as unknown as Proof
}

// Where another origin does not let us read the challenge, a nonce beside a 401 is one.
const asksForNonce = ({ status, headers }: Response): boolean =>
  status === 401 &&
  headers.has('DPoP-Nonce') &&
  (headers.get('WWW-Authenticate') ?? 'use_dpop_nonce').includes('use_dpop_nonce')

const makeKey = async (asText = false): Promise<KeptKey> => {
  // Never without a key instead: a session that was to be bound would not be.
  if (globalThis.crypto?.subtle === undefined) {
    throw new TypeError('DPoP needs WebCrypto, which a page has over https and on localhost alone')
  }
  const pair = await crypto.subtle.generateKey(algorithm, asText, ['sign', 'verify'])
  return asText ? JSON.stringify(await crypto.subtle.exportKey('jwk', pair.privateKey)) : pair
}

interface OpenedKey {
  readonly privateKey: CryptoKey
  /** The public key, as it stands in a proof. */
  readonly jwk: Members
}

// None where the session was begun with a proof of another kind: the server then says that it is unproved. A text is not
// read before it looks like a key, because the reader's error would quote it.
const opened = async (key: KeptKey | undefined): Promise<OpenedKey | undefined> => {
  if (typeof key === 'string') {
    if (!key.startsWith('{')) return undefined
    const text: JsonWebKey = JSON.parse(key)
    return { privateKey: await crypto.subtle.importKey('jwk', text, algorithm, false, ['sign']), jwk: publicOf(text) }
  }
  if (key === undefined || !('privateKey' in key)) return undefined
  return { privateKey: key.privateKey, jwk: publicOf(await crypto.subtle.exportKey('jwk', key.publicKey)) }
}

const publicOf = ({ kty, crv, x, y }: JsonWebKey): Members => ({ kty, crv, x, y })

// RFC 9449 s4.2. No two have the same `jti`: the server takes each once.
const proofOf = async ({ privateKey, jwk }: OpenedKey, about: About, iat: number): Promise<string> => {
  const { method, url, nonce, accessToken } = about
  const { origin, pathname } = new URL(url)
  const ath = accessToken && base64url(await crypto.subtle.digest('SHA-256', bytesOf(accessToken)))
  const claims = { jti: crypto.randomUUID(), htm: method, htu: origin + pathname, iat, nonce, ath }
  const text = `${encoded({ typ: 'dpop+jwt', alg: 'ES256', jwk })}.${encoded(claims)}`
  return `${text}.${base64url(await crypto.subtle.sign(signature, privateKey, bytesOf(text)))}`
}
