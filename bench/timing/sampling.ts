// Asks two kinds of questions in pairs, in random order, and keeps how long each answer took. An answer with another
// status than the kind's own ends the run: what is compared would not be what was meant.

import { randomInt } from 'node:crypto'
import { Asker } from './asker.ts'
import type { Pair } from './compare.ts'

/** A request's text, made afresh each time. */
export type Question = () => string

export interface Kinds {
  readonly port: number
  readonly one: Question
  readonly other: Question
  /** Of both answers. */
  readonly status: number
}

/** The least of an HTTP request. */
export function requestText(route: string, headers: Readonly<Record<string, string>> = {}, body?: string): string {
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  const lines = Object.entries({ Host: '127.0.0.1', ...headers, ...length }).map(([name, value]) => `${name}: ${value}`)
  return [`${route} HTTP/1.1`, ...lines, '', body ?? ''].join('\r\n')
}

/** As many pairs as that, after a tenth that does not count. */
export async function sample(kinds: Kinds, count: number): Promise<Pair[]> {
  // Written ahead: what a kind costs to write must not show in what its answer costs.
  const asked = Array.from({ length: Math.ceil(count * 1.1) }, () => [kinds.one(), kinds.other()] as const)
  const asker = await Asker.connect(kinds.port)
  try {
    const pairs: Pair[] = []
    for (const [one, other] of asked) {
      const swapped = randomInt(2) === 0
      const [first, second] = swapped ? [other, one] : [one, other]
      const times = [await timed(asker, first, kinds.status), await timed(asker, second, kinds.status)] as const
      pairs.push(swapped ? [times[1], times[0]] : times)
    }
    return pairs.slice(-count)
  } finally {
    asker.close()
  }
}

async function timed(asker: Asker, text: string, expected: number): Promise<number> {
  const { micros, status } = await asker.ask(text)
  if (status !== expected) throw new Error(`${status} in place of ${expected} for ${text.slice(0, text.indexOf('\r'))}`)
  return micros
}
