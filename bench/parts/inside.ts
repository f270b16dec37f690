// The parts that are measured without HTTP: G2, the nanoseconds behind G1, and G13.

import type { InsideAsks } from '../inside.ts'
import { foreignAbove } from '../http-rounds.ts'
import { busyMs, processorMs } from '../machine.ts'
import { Child } from '../processes.ts'
import type { Row } from '../report.ts'
import { median, range, written } from '../statistics.ts'
import type { Part } from './part.ts'

type Inside = Child<InsideAsks, null>

interface Seen<Result> {
  readonly result: Result
  /** Foreign work took part of the process's core. */
  readonly disturbed: boolean
}

/** Asks a fresh process, and lets it go. */
export async function inside<Result>(work: (child: Inside) => Promise<Result>): Promise<Seen<Result>> {
  const child: Inside = await Child.start('server', new URL('../inside.ts', import.meta.url), [], ['--expose-gc'])
  try {
    const begun = performance.now()
    const [core, own] = [busyMs('server'), processorMs(child.pid)]
    const result = await work(child)
    const [coreAfter, ownAfter] = [busyMs('server'), processorMs(child.pid)]
    const foreign = (coreAfter ?? 0) - (core ?? 0) - ((ownAfter ?? 0) - (own ?? 0))
    return { result, disturbed: foreign / (performance.now() - begun) > foreignAbove }
  } finally {
    await child.stop()
  }
}

export const firstSightPart: Part = {
  name: 'first-sight',
  run: async () => {
    const { result, disturbed } = await inside((child) => child.ask('firstSight'))
    const { latchkey, latchkeySixteen, rawDer, rawP1363 } = result
    const row = (what: string, times: readonly number[]): Row => ({
      what,
      figure: `${written(median(times))} µs`,
      spread: range(times),
      ratio: median(rawDer) / median(times),
      disturbed,
      raw: times,
    })
    const sight = row('latchkey.verify, first sight, one at a time', latchkey)
    const rows = [
      row('crypto.verify, signature in DER (the faster)', rawDer),
      row('crypto.verify, ieee-p1363 (as in a JWS)', rawP1363),
      { ...sight, goal: '≥ 0.9', met: (sight.ratio ?? 0) >= 0.9 },
      row('latchkey.verify, first sight, 16 under way', latchkeySixteen),
    ]
    return [{ goal: 'G2', title: 'a token seen for the first time, against one raw ES256 verification', rows }]
  },
}

export const seenPart: Part = {
  name: 'seen',
  run: async () => {
    const { result: cost, disturbed } = await inside((child) => child.ask('seenCost'))
    const row = (what: string, times: readonly number[], judged: boolean): Row => ({
      what,
      figure: `${written(median(times))} ns`,
      spread: range(times),
      ...(judged ? { goal: '≤ 1,000 ns', met: median(times) <= 1000 } : {}),
      disturbed,
      raw: times,
    })
    const held = cost.foundByDefault
    const rows: Row[] = [
      row('making the token’s string, taken off below', cost.makingTheString, false),
      row('seen(), 1 token', cost.oneToken, true),
      row('seen(), 10,000 tokens', cost.manyTokens, true),
      row('seen(), 10,000 tokens, 10,000 revoked sessions', cost.manyTokensManyRevoked, true),
      { what: 'found, of 10,000 in rotation, with default options', figure: `${written(held * 100)} %` },
    ]
    const notes = ['all but the last row: maxCachedTokens 20,000, so that every token is held']
    return [{ goal: 'G1', title: 'latchkey.seen() by itself, no HTTP', rows, notes }]
  },
}

export const memoryPart: Part = {
  name: 'memory',
  run: async () => {
    const { bytesPerToken, charactersOfToken } = (await inside((child) => child.ask('cachedBytes'))).result
    const { heap, refreshes } = (await inside((child) => child.ask('heapOverTime'))).result
    const [first = 0] = heap
    const last = heap.at(-1) ?? 0
    const rows: Row[] = [
      {
        what: `a remembered token, of ${charactersOfToken} characters itself`,
        figure: `${written(bytesPerToken)} B`,
        goal: '≤ 400 B',
        met: bytesPerToken <= 400,
      },
      {
        what: `heap after ${written(refreshes)} refreshes and verifications`,
        figure: `${written(last)} MB`,
        spread: range(heap),
        ratio: last / first,
        goal: 'last ≤ 1.02 × first fifth',
        met: last <= 1.02 * first,
        detail: heap.map(written).join(', '),
      },
    ]
    const notes = ['the goal speaks of 10^7 requests; this is a small version of it']
    return [{ goal: 'G13', title: 'memory', rows, notes }]
  },
}
