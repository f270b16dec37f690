// Test vectors for refresh tokens: right ones, and ones that must be refused, each with why.

import { RefreshTokens, type Mintable } from '../../packages/latchkey/dist/core/refresh-token.js'
import type { Transport } from '../../packages/latchkey/dist/core/session.js'
import { environment, issuer, keyed, otherSid, ring, session, tokens } from './vectors-material.ts'

export interface TokenVector extends Mintable {
  readonly name: string
  /** Bytes 0 to 21, in hexadecimal. */
  readonly head: string
  /** Bytes 22 to 53. */
  readonly mac: string
  readonly token: string
}

export interface RefusedToken {
  readonly name: string
  readonly token: string
  readonly client: string
  readonly transport: Transport
  readonly judgement: 'forged' | 'kid_unknown'
}

const right: readonly (readonly [string, Mintable])[] = [
  ['plain session, first generation', session],
  ['the same session, second generation', { ...session, generation: 2 }],
  ['keyed session, first generation', keyed],
  ['keyed session, second generation', { ...keyed, generation: 2 }],
  ['keyed session, token in a header, generation 65,536', { ...keyed, transport: 'header', generation: 65_536 }],
  ['the last generation that fits', { ...session, sid: otherSid, generation: 0xffff_ffff }],
  ['another kid and a longer root', { ...keyed, sid: otherSid, kid: 255 }],
  ['another client, in UTF-8', { ...session, client: 'zoë-読書' }],
  ['flags kept for later: DPoP, cookie', { ...session, proof: 'dpop', transport: 'cookie' }],
  ['flags kept for later: device-bound, header', { ...session, proof: 'device_bound', transport: 'header' }],
]

export const tokenVectors = (): TokenVector[] =>
  right.map(([name, minted]) => {
    const token = tokens.mint(minted)
    const opened = tokens.open(token, minted.client, minted.transport)
    if ('refused' in opened) throw new Error(`the code refuses its own token: ${name}`)
    const bytes = Buffer.from(token.slice(5), 'base64url')
    return { name, ...minted, head: bytes.toString('hex', 0, 22), mac: bytes.toString('hex', 22), token }
  })

export function refusedTokens(): RefusedToken[] {
  const token = tokens.mint(session)
  const mintedBy = (otherIssuer: string, otherEnvironment: Uint8Array): string =>
    new RefreshTokens(ring, otherIssuer, otherEnvironment).mint(session)
  const wrong: readonly (readonly [string, string, Partial<RefusedToken>?])[] = [
    ['one bit of the mac flipped', withByte(token, 53, (byte) => byte ^ 1)],
    ['the generation raised by one', withByte(token, 20, (byte) => byte + 1)],
    ['the proof bits changed from session key to plain', withByte(tokens.mint(keyed), 0, () => 0)],
    ['generation 0, with a right mac', tokens.mint({ ...session, generation: 0 })],
    ['a kid that is not known', withByte(token, 21, () => 2)],
    ["another kid's token under this kid", withByte(tokens.mint({ ...session, kid: 255 }), 21, () => 1)],
    ['another issuer', mintedBy(`${issuer}/`, environment)],
    ['another environment', mintedBy(issuer, environment.toReversed())],
    ['another client', token, { client: 'second-party' }],
    ['given out for the body, came in a header', token, { transport: 'header' }],
    ['another prefix', token.replace('lkr1_', 'lkr2_')],
    ['one character short', token.slice(0, -1)],
    ['one character long', `${token}A`],
    ['padding', `${token.slice(0, -1)}=`],
    ['the other alphabet of base64', `${token.slice(0, -1)}+`],
    ['a line feed at the end', `${token}\n`],
    ['nothing', ''],
  ]
  return wrong.map(([name, text, came = {}]) => {
    const { client = session.client, transport = session.transport } = came
    const opened = tokens.open(text, client, transport)
    if (!('refused' in opened)) throw new Error(`the code takes what it must refuse: ${name}`)
    return { name, token: text, client, transport, judgement: opened.refused }
  })
}

function withByte(token: string, at: number, change: (byte: number) => number): string {
  const bytes = Buffer.from(token.slice(5), 'base64url')
  bytes[at] = change(bytes.readUInt8(at))
  return `lkr1_${bytes.toString('base64url')}`
}
