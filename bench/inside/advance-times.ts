// How long one rotation takes in a store that holds many sessions: one at a time, of random live sessions, which were
// filled by parts/scale.ts and are known by their numbers. The newest generations are remembered from round to round.

import type { Store } from 'latchkey'
import { isDead, sidOf } from '../scale/numbered.ts'
import { openStore, type StoreName } from '../server/stores.ts'
import { advanceFrom } from './rotations.ts'

export interface AdvanceTimes {
  readonly p50Micros: number
  readonly p99Micros: number
}

export interface AdvanceRound {
  readonly store: StoreName
  readonly place: string
  readonly sessions: number
  readonly samples: number
}

let opened: Store | undefined
const generations = new Map<number, number>()

export async function advanceTimes({ store: name, place, sessions, samples }: AdvanceRound): Promise<AdvanceTimes> {
  opened ??= await openStore(name, place)
  const times = new Float64Array(samples)
  for (let sample = 0; sample < samples; sample += 1) {
    const number = liveNumber(sessions)
    const generation = generations.get(number) ?? 0
    const begun = performance.now()
    await advanceFrom(opened, sidOf(number), generation)
    times[sample] = (performance.now() - begun) * 1000
    generations.set(number, generation + 1)
  }
  times.sort()
  return { p50Micros: times[Math.floor(samples / 2)] ?? 0, p99Micros: times[Math.floor(samples * 0.99)] ?? 0 }
}

function liveNumber(sessions: number): number {
  for (;;) {
    const number = Math.floor(Math.random() * sessions)
    if (!isDead(number)) return number
  }
}
