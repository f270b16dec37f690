// DPoP (RFC 9449): a client signs each request with a key of its own, so that whoever has copied its tokens has nothing.
// Everything about a proof is judged here, in the order of section 4.3; what a session is bound to is the engine's
// business. A proof is used up last, when the rest is known to be right: garbage costs no store access.

import type { Request } from 'express'
import { LatchkeyError, type Access, type Latchkey } from '../../index.ts'
import { originOf } from '../origin.ts'
import { createNonces, type NonceJudgement, type Nonces } from './nonces.ts'
import { dpopSettingsOf, type DpopOptions } from './options.ts'
import { openProof } from './proof.ts'
import { checkAge, claimsFor, type Proved } from './proof-claims.ts'
import { dpopAlgorithms } from './public-key.ts'
import { refused } from './refusal.ts'
import { nodeReplays, proofName, sharedReplays, type Spend } from './replays.ts'
import { resourceUri, tokenUris, type PublicUrls } from './request-uri.ts'

export type { DpopOptions } from './options.ts'

export interface DpopParts {
  readonly latchkey: Latchkey
  /** The public URL under which the routes are reached, without a slash at its end. */
  readonly publicUrl: string
}

/** A proof that is right in itself. It is used up by `spend`, without which it could come again. */
export interface TokenProof {
  /** Of its key; 43 characters of base64url. */
  readonly thumbprint: string
  /** To be called once before anything is given for the proof, with the public session id where it is known. Throws `dpop_invalid`, `store_unavailable` or `overloaded`. */
  readonly spend: (sessionId: string | null) => Promise<void>
}

export interface Dpop {
  /** The proof of a request to a token route; undefined where there is none. Throws `dpop_invalid` or `dpop_nonce_stale`. */
  readonly atTokenRoute: (req: Request) => Promise<TokenProof | undefined>
  /** Checks the proof that comes with a bound access token, and uses it up. Throws the same, `store_unavailable` or `overloaded`. */
  readonly atResource: (req: Request, accessToken: string, access: Access) => Promise<void>
  /** A nonce for the next proof at a token route; undefined where none are asked for. */
  readonly tokenNonce: () => string | undefined
  /** What a proof may be signed with. */
  readonly algorithms: readonly string[]
}

/** Throws `option_invalid`. */
export function createDpop({ latchkey, publicUrl }: DpopParts, options: DpopOptions = {}): Dpop {
  const { nonces, replay, resourceUrl } = dpopSettingsOf(options, publicUrl)
  const urls: PublicUrls = { routes: publicUrl, resources: resourceUrl }
  const kinds = (kind: 'token' | 'resource'): Nonces | undefined =>
    nonces === 'off' ? undefined : createNonces(latchkey, kind)
  const [token, resource] = [kinds('token'), kinds('resource')]
  const use = replay === 'shared' ? sharedReplays(latchkey) : nodeReplays(latchkey)
  // One request may pass several guards; its proof is used up by the first.
  const accepted = new WeakMap<Request, Accepted>()
  return {
    atTokenRoute: async (req) => {
      if (req.headers['dpop'] === undefined) return undefined
      // A sign-in behind a guard, as a step-up is: one request has one proof, with the nonce that the guard asks for.
      const before = accepted.get(req)
      if (before !== undefined) return { thumbprint: before.thumbprint, spend: async () => undefined }
      const proof = await judged(latchkey, req, { uris: tokenUris(req, urls) }, token)
      return { thumbprint: proof.thumbprint, spend: (sessionId) => spend(latchkey, req, proof, use, sessionId) }
    },
    atResource: async (req, accessToken, access) => {
      if (accepted.get(req)?.accessToken === accessToken) return
      const about = { uris: [resourceUri(req, urls.resources)], accessToken }
      const proof = await judged(latchkey, req, about, resource)
      if (proof.thumbprint !== access.thumbprint) throw refused('the access token is bound to another key')
      await spend(latchkey, req, proof, use, access.sessionId)
      accepted.set(req, { accessToken, thumbprint: proof.thumbprint })
      // In time, so that no request has to be sent twice for it (s8.2).
      if (proof.nonce === 'renewable' && resource !== undefined) req.res?.setHeader('DPoP-Nonce', resource.fresh())
    },
    tokenNonce: () => token?.fresh(),
    algorithms: dpopAlgorithms,
  }
}

interface Accepted {
  readonly accessToken: string
  readonly thumbprint: string
}

interface JudgedProof {
  readonly thumbprint: string
  readonly name: string
  readonly nonce: NonceJudgement
}

async function judged(
  latchkey: Latchkey,
  req: Request,
  about: Omit<Proved, 'method'>,
  nonces: Nonces | undefined,
): Promise<JudgedProof> {
  const { thumbprint, claims } = await openProof(onlyProof(req))
  const said = claimsFor({ method: req.method, ...about }, claims)
  const nonce = nonces === undefined ? 'good' : nonces.judge(said.nonce)
  if (nonces !== undefined && nonce === 'stale') {
    throw new LatchkeyError('dpop_nonce_stale', { dpopNonce: nonces.fresh() })
  }
  checkAge(said, claims, { now: latchkey.now(), timedByNonce: nonces !== undefined })
  return { thumbprint, name: proofName(thumbprint, said.uri, said.id), nonce }
}

// Node joins several with commas, so that one may hide behind another.
function onlyProof(req: Request): string {
  const [proof, ...more] = req.headersDistinct['dpop'] ?? []
  if (proof === undefined || more.length > 0) throw refused('not exactly one DPoP header')
  return proof
}

async function spend(
  latchkey: Latchkey,
  req: Request,
  { name }: JudgedProof,
  use: Spend,
  sessionId: string | null,
): Promise<void> {
  if (await use(name)) return
  latchkey.report('replayed', () => ({ sessionId, origin: originOf(req) }))
  throw refused('the proof was used before')
}
