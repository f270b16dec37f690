// A token's first sight against one raw ES256 verification of the same bytes by node:crypto, one at a time, in
// alternating blocks. The raw ones get their bytes and keys ready made, in both spellings of a signature.

import { createPrivateKey, createPublicKey, verify } from 'node:crypto'
import { createEngine, sessionTokens } from './tokens.ts'

export interface FirstSight {
  /** Microseconds for one, by block. */
  readonly latchkey: readonly number[]
  /** The same with sixteen under way at a time. */
  readonly latchkeySixteen: readonly number[]
  readonly rawDer: readonly number[]
  readonly rawP1363: readonly number[]
}

const blocks = 24
const perBlock = 150
const atOnce = 16

interface Raw {
  readonly text: Buffer
  readonly der: Buffer
  readonly p1363: Buffer
}

export async function firstSight(): Promise<FirstSight> {
  const { latchkey, keys } = await createEngine()
  const [signing] = keys.signing
  if (signing === undefined) throw new Error('no signing key')
  const key = createPublicKey(createPrivateKey({ key: { ...signing.privateJwk }, format: 'jwk' }))
  const tokens = await sessionTokens(latchkey, (2 * blocks + 2) * perBlock)
  const take = (): string[] => tokens.splice(0, perBlock)
  const times = { latchkey: [], latchkeySixteen: [], rawDer: [], rawP1363: [] } as Record<keyof FirstSight, number[]>
  for (let block = -1; block < blocks; block += 1) {
    const mine = take()
    const raws = mine.map(rawOf)
    const runs: Record<keyof FirstSight, () => Promise<void> | void> = {
      latchkey: () => verifyInTurn(latchkey, mine),
      rawDer: () => checkRaw(raws, (raw) => verify('sha256', raw.text, key, raw.der)),
      latchkeySixteen: () => verifySixteen(latchkey, take()),
      rawP1363: () =>
        checkRaw(raws, (raw) => verify('sha256', raw.text, { key, dsaEncoding: 'ieee-p1363' }, raw.p1363)),
    }
    const order = Object.keys(runs) as (keyof FirstSight)[]
    for (const name of block % 2 === 0 ? order : order.toReversed()) {
      const begun = performance.now()
      await runs[name]()
      if (block >= 0) times[name].push(((performance.now() - begun) * 1000) / perBlock)
    }
  }
  return times
}

type Verifier = Awaited<ReturnType<typeof createEngine>>['latchkey']

async function verifyInTurn(latchkey: Verifier, tokens: readonly string[]): Promise<void> {
  for (const token of tokens) {
    const { subject } = await latchkey.verify(token)
    if (subject.length !== 36) throw new Error('a wrong subject')
  }
}

async function verifySixteen(latchkey: Verifier, tokens: string[]): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let token = tokens.pop(); token !== undefined; token = tokens.pop()) await latchkey.verify(token)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

function checkRaw(raws: readonly Raw[], isRight: (raw: Raw) => boolean): void {
  for (const raw of raws) if (!isRight(raw)) throw new Error('a right signature was called wrong')
}

function rawOf(token: string): Raw {
  const dot = token.lastIndexOf('.')
  const p1363 = Buffer.from(token.slice(dot + 1), 'base64url')
  const integers = [p1363.subarray(0, 32), p1363.subarray(32)].map(derInteger)
  const body = Buffer.concat(integers)
  return { text: Buffer.from(token.slice(0, dot)), p1363, der: Buffer.concat([Buffer.from([0x30, body.length]), body]) }
}

function derInteger(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  const short = bytes.subarray(first)
  const padded = (short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short
  return Buffer.concat([Buffer.from([2, padded.length]), padded])
}
