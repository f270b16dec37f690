// Test vectors for session keys, nonces and proofs: right ones, and ones that must be refused, each with why.

import { createHmac } from 'node:crypto'
import { publicIdOf } from '../../packages/latchkey/dist/core/public-id.js'
import { proofText, type ProofJudgement } from '../../packages/latchkey/dist/core/session-key.js'
import { keyed, minuteMs, nonceLifeMinutes, nowMs, otherSid, rootOf, sessionKeys, tokens } from './vectors-material.ts'

export interface SessionKeyVector {
  readonly sid: string
  readonly kid: number
  readonly sessionKey: string
  readonly publicId: string
}

export interface NonceVector {
  readonly sid: string
  readonly kid: number
  readonly nowMs: number
  readonly nonce: string
}

export interface ProofVector {
  readonly name: string
  readonly sid: string
  readonly kid: number
  /** The refresh token that comes with it; empty where script cannot see the token. */
  readonly token: string
  readonly nowMs: number
  /** What the proof signs, where it is well made. */
  readonly text?: string
  readonly header: string
  readonly judgement: ProofJudgement
}

const { sid, kid } = keyed
const ids: readonly (readonly [string, number])[] = [
  [sid, kid],
  [otherSid, kid],
  [sid, 255],
]

export const sessionKeyVectors = (): SessionKeyVector[] =>
  ids.map(([id, of]) => {
    const root = rootOf(of)
    return { sid: id, kid: of, sessionKey: sessionKeys.keyOf(root, id), publicId: publicIdOf(root, id) }
  })

export function nonceVectors(): NonceVector[] {
  const minute = Math.floor(nowMs / minuteMs) * minuteMs
  const instants = [nowMs, minute, minute - 1, minute + minuteMs]
  const ofOne = instants.map((at) => ({ sid, kid, nowMs: at, nonce: nonceAt(at) }))
  const ofOthers = ids.slice(1).map(([id, of]) => ({ sid: id, kid: of, nowMs, nonce: nonceAt(nowMs, id, of) }))
  return [...ofOne, ...ofOthers]
}

export function proofVectors(): ProofVector[] {
  const token = tokens.mint(keyed)
  const second = tokens.mint({ ...keyed, generation: 2 })
  const right = headerFor(token)
  const later = (minutes: number): Partial<ProofVector> => ({ nowMs: nowMs + minutes * minuteMs })
  const made: readonly (readonly [string, string, Partial<ProofVector>?])[] = [
    ['right', right, { text: proofText(nonceAt(nowMs), token) }],
    ['right, for the next generation', headerFor(second), { token: second, text: proofText(nonceAt(nowMs), second) }],
    ['right, where script cannot see the token', headerFor(''), { token: '', text: proofText(nonceAt(nowMs), '') }],
    ['right, at the end of the nonce’s life', right, later(nonceLifeMinutes)],
    ['right, by a server whose clock is a minute behind', right, later(-1)],
    ['one minute beyond the nonce’s life', right, later(nonceLifeMinutes + 1)],
    ['a nonce two minutes ahead', right, later(-2)],
    ['an old nonce and a wrong mac', lastChanged(right), later(nonceLifeMinutes + 1)],
    ['one bit of the mac changed', lastChanged(right)],
    ['a proof for another generation', headerFor(second)],
    ['no hash of the token, where the server sees the token', headerFor('')],
    ["another session's key", headerFor(token, nonceAt(nowMs), keyOf(otherSid))],
    ["another session's nonce", headerFor(token, nonceAt(nowMs, otherSid))],
    ['a nonce made up by the client', headerFor(token, Buffer.alloc(20, 7).toString('base64url'))],
    ['a nonce with another spelling of the same bytes', headerFor(token, respelt(nonceAt(nowMs)))],
    ['a mac with another spelling of the same bytes', respelt(right)],
    ['another version', right.replace('v1.', 'v2.')],
    ['padding', `${right}=`],
    ['nothing', ''],
  ]
  return made.map(([name, header, more = {}]) => judged({ name, sid, kid, token, nowMs, header, ...more }))
}

function judged(vector: Omit<ProofVector, 'judgement'>): ProofVector {
  const { header, token, sid: id, nowMs: at } = vector
  const judgement = sessionKeys.judge(header, token, rootOf(vector.kid), id, at)
  if ((judgement === 'right') !== vector.name.startsWith('right'))
    throw new Error(`judged ${judgement}: ${vector.name}`)
  return { ...vector, judgement }
}

const nonceAt = (at: number, id: string = sid, of: number = kid): string => sessionKeys.nonce(rootOf(of), id, at)

const keyOf = (id: string): string => sessionKeys.keyOf(rootOf(kid), id)

function headerFor(token: string, nonce: string = nonceAt(nowMs), key: string = keyOf(sid)): string {
  const mac = createHmac('sha256', Buffer.from(key, 'base64url')).update(proofText(nonce, token)).digest('base64url')
  return `v1.${nonce}.${mac}`
}

// The last character of 20 or 32 bytes carries two bits that mean nothing: 4 spellings decode to the same bytes.
const respelt = (text: string): string => text.slice(0, -1) + neighbour(text.slice(-1), 1)
const lastChanged = (text: string): string => text.slice(0, -1) + neighbour(text.slice(-1), 4)

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const neighbour = (character: string, distance: number): string =>
  alphabet.charAt(alphabet.indexOf(character) ^ distance)
