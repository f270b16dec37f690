// What `latchkey.seen()` costs a request: nanoseconds, with the making of the token's string (which any server does)
// measured by itself and taken off. A string that has just been made has no hash yet; that is part of the cost.

import { beginSessions } from '../server/seed.ts'
import { createEngine, Headers, sessionTokens } from './tokens.ts'
import type { Latchkey } from 'latchkey'

export interface SeenCost {
  /** Nanoseconds, by round. */
  readonly makingTheString: readonly number[]
  readonly oneToken: readonly number[]
  readonly manyTokens: readonly number[]
  readonly manyTokensManyRevoked: readonly number[]
  /** With the default settings: how many of 10,000 tokens in rotation are found. */
  readonly foundByDefault: number
}

const many = 10_000
const rounds = 9
const lookUps = 100_000
const warmRounds = 2

export async function seenCost(): Promise<SeenCost> {
  const roomy = { maxCachedTokens: 2 * many }
  const one = await prepared(1, 0, roomy)
  const plenty = await prepared(many, 0, roomy)
  const plentyRevoked = await prepared(many, many, roomy)
  const cost = {
    makingTheString: [] as number[],
    oneToken: [] as number[],
    manyTokens: [] as number[],
    manyTokensManyRevoked: [] as number[],
  }
  for (let round = -warmRounds; round < rounds; round += 1) {
    const making = nanoseconds(plenty.headers, (token) => token.length > 0)
    const times = {
      makingTheString: making,
      oneToken: nanoseconds(one.headers, isSeen(one.latchkey)) - making,
      manyTokens: nanoseconds(plenty.headers, isSeen(plenty.latchkey)) - making,
      manyTokensManyRevoked: nanoseconds(plentyRevoked.headers, isSeen(plentyRevoked.latchkey)) - making,
    }
    if (round >= 0) for (const [name, time] of Object.entries(times)) cost[name as keyof typeof cost].push(time)
  }
  return { ...cost, foundByDefault: await foundByDefault() }
}

interface Prepared {
  readonly latchkey: Latchkey
  readonly headers: Headers
}

async function prepared(
  live: number,
  revoked: number,
  policy: { readonly maxCachedTokens?: number },
): Promise<Prepared> {
  const { latchkey } = await createEngine(policy)
  const headers = new Headers(await sessionTokens(latchkey, live))
  for (const { session } of await beginSessions(latchkey, revoked, 'plain')) {
    await latchkey.revoke(session.subject, session.id)
  }
  await verifyAll({ latchkey, headers })
  return { latchkey, headers }
}

async function verifyAll({ latchkey, headers }: Prepared): Promise<void> {
  for (let index = 0; index < headers.count; index += 1) await latchkey.verify(headers.token(index))
}

const isSeen =
  (latchkey: Latchkey) =>
  (token: string): boolean =>
    latchkey.seen(token) !== undefined

function nanoseconds(headers: Headers, isRight: (token: string) => boolean): number {
  let wrong = 0
  const begun = performance.now()
  for (let index = 0, at = 0; index < lookUps; index += 1, at = at + 1 === headers.count ? 0 : at + 1) {
    if (!isRight(headers.token(at))) wrong += 1
  }
  const elapsed = performance.now() - begun
  if (wrong > 0) throw new Error(`${wrong} tokens were not seen`)
  return (elapsed * 1e6) / lookUps
}

// Each token once, and once more: whoever is not found now is verified anew, as the middleware would.
async function foundByDefault(): Promise<number> {
  const { latchkey, headers } = await prepared(many, 0, {})
  let found = 0
  for (let index = 0; index < headers.count; index += 1) {
    const token = headers.token(index)
    if (latchkey.seen(token) === undefined) await latchkey.verify(token)
    else found += 1
  }
  return found / many
}
