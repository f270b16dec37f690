// Drives the fuzzer: batches on their own seeds, several connections with several requests in flight each, and every answer
// judged at once. The first batch that breaks a rule ends the run and says how to repeat it.

import * as fc from 'fast-check'
import { brokenBytes } from './bytes.ts'
import type { Loot } from './loot.ts'
import { requests, type Made } from './requests.ts'
import { pump, sendBytes, type Heard } from './wire.ts'

/** So many requests are made of one seed; every fortieth is no proper HTTP and gets a connection of its own. */
export const batchSize = 1000
const brokenInBatch = 25
const connections = 8
const depth = 8

export interface Figures {
  requests: number
  /** How often each status came. */
  readonly statuses: Map<number, number>
  readonly seconds: number
}

export interface Work {
  readonly url: string
  readonly loot: Loot
  readonly dead: Loot
  /** Texts that no answer may hold. */
  readonly secrets: readonly string[]
}

class Broken extends Error {}

/** Sends `count` requests made of `seed` and its successors. Throws with the seed of the batch that broke a rule. */
export async function fuzz(work: Work, seed: number, count: number): Promise<Figures> {
  const began = performance.now()
  const figures = { requests: 0, statuses: new Map<number, number>() }
  for (let batch = 0; figures.requests < count; batch += 1) {
    try {
      await oneBatch(work, seed + batch, Math.min(batchSize, count - figures.requests), figures)
    } catch (error) {
      const repeat = `LATCHKEY_SEED=${seed + batch} LATCHKEY_FUZZ_REQUESTS=${batchSize}`
      throw new Error(`the batch of seed ${seed + batch} broke a rule; repeat it with ${repeat}`, { cause: error })
    }
  }
  return { ...figures, seconds: (performance.now() - began) / 1000 }
}

async function oneBatch(
  work: Work,
  seed: number,
  size: number,
  figures: Pick<Figures, 'statuses'> & { requests: number },
): Promise<void> {
  const broken = Math.floor((size * brokenInBatch) / batchSize)
  const waiting: Made[] = fc.sample(requests(work.loot), { seed, numRuns: size - broken }).toReversed()
  const note = (answer: Heard): void =>
    void figures.statuses.set(answer.status, (figures.statuses.get(answer.status) ?? 0) + 1)
  const feed = {
    next: () => waiting.pop(),
    again: (request: Made) => void waiting.push(request),
    heard: (request: Made, answer: Heard) => {
      note(answer)
      judge(request.bytes, answer, work.secrets)
    },
    unanswered: ({ bytes }: Made) => {
      throw new Broken(`no answer to ${shown(bytes)}`)
    },
  }
  const proper = Array.from({ length: connections }, () => pump(work.url, depth, feed))
  const improper = fc.sample(brokenBytes(work.dead), { seed, numRuns: broken }).map(async (pieces) => {
    for (const answer of await sendBytes(work.url, pieces)) {
      note(answer)
      judge(Buffer.concat(pieces), answer, work.secrets)
    }
  })
  await Promise.all([...proper, ...improper])
  figures.requests += size
}

/** The rules for one answer: no fault of the server's, no secret, no trace of its source. */
export function judge(request: Buffer, { status, text }: Heard, secrets: readonly string[]): void {
  if (status >= 500) throw new Broken(`${status} to ${shown(request)}`)
  if (secrets.some((secret) => text.includes(secret)))
    throw new Broken(`a secret in the ${status} to ${shown(request)}`)
  if (/ at .*\.(?:js|ts):\d+/.test(text)) throw new Broken(`a stack in the ${status} to ${shown(request)}`)
}

const shown = (bytes: Buffer): string => JSON.stringify(bytes.toString('latin1').slice(0, 2000))
