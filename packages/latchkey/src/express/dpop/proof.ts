// Opens a DPoP proof (RFC 9449 s4.2): one compact JWS, signed by the key that it carries. What it says is not judged here
// (proof-claims.ts). No address in it is ever asked for anything, and no size is read that was not bounded first (I7).

import { compactVerify } from 'jose/jws/compact/verify'
import { membersIn, canonicalBytes, type Members } from './encoded-json.ts'
import { proofKeyOf, type ProofKey } from './public-key.ts'
import { refused } from './refusal.ts'

/** Enough for RSA of 4096 bits and a long URL; more is refused unread. */
const maxCharacters = 8192
const compactForm = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** A proof whose signature is right. */
export interface Proof {
  /** Of the key that signed it. */
  readonly thumbprint: string
  readonly claims: Members
}

/** Members that name another key, or change what is signed (RFC 7515 s4.1, RFC 7797). */
const foreign = ['crit', 'b64', 'jku', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'zip', 'enc']

/** Throws `dpop_invalid`. */
export async function openProof(text: string): Promise<Proof> {
  if (text.length > maxCharacters || !compactForm.test(text)) throw refused('not one compact JWS')
  const [first = '', second = '', signature = ''] = text.split('.')
  const header = membersIn(first, 'header')
  // Media types know no capitals (RFC 2045 s5.1).
  if (typeof header['typ'] !== 'string' || header['typ'].toLowerCase() !== 'dpop+jwt')
    throw refused('typ is not dpop+jwt')
  if (foreign.some((name) => Object.hasOwn(header, name))) throw refused('the header says more than a proof may')
  const key = proofKeyOf(header['alg'], header['jwk'])
  if (canonicalBytes(signature) === undefined) throw refused('the signature is not canonical base64url')
  const claims = membersIn(second, 'payload')
  await checkSignature(text, key)
  return { thumbprint: key.thumbprint, claims }
}

async function checkSignature(text: string, { key, alg }: ProofKey): Promise<void> {
  try {
    await compactVerify(text, key, { algorithms: [alg] })
  } catch {
    throw refused('the signature is not that of jwk')
  }
}
