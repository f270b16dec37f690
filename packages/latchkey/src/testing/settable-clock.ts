// A clock for tests: it stands still until it is told to move, and what waits for it is called when its time comes. With
// it a test of a thirty-day lifetime takes no time, and none has to sleep.

import type { Ports } from '../core/ports.ts'

export interface SettableClock {
  /** Now, in epoch milliseconds. */
  readonly now: () => number
  /** Moves on by this many milliseconds, calling on the way whatever is due, in order. */
  readonly advance: (ms: number) => void
  /** Moves to this instant. Moving back calls nothing: what waits goes on waiting for its instant. */
  readonly set: (ms: number) => void
  /** For `createLatchkey(options, ports)`. */
  readonly ports: Pick<Ports, 'now' | 'after'>
}

interface Timer {
  readonly due: number
  readonly call: () => void
}

/** A clock that stands at `startMs`. */
export function settableClock(startMs: number): SettableClock {
  let instant = startMs
  const timers = new Set<Timer>()
  const now = (): number => instant
  const after = (ms: number, call: () => void): (() => void) => {
    const timer = { due: instant + ms, call }
    timers.add(timer)
    return () => void timers.delete(timer)
  }
  const set = (ms: number): void => {
    for (let timer = nextOf(timers, ms); timer !== undefined; timer = nextOf(timers, ms)) {
      timers.delete(timer)
      instant = Math.max(instant, timer.due)
      timer.call()
    }
    instant = ms
  }
  return { now, set, advance: (ms) => set(instant + ms), ports: { now, after } }
}

// The earliest that is due by then; of two that are due together, the one that was asked for first.
const nextOf = (timers: ReadonlySet<Timer>, by: number): Timer | undefined =>
  [...timers].filter(({ due }) => due <= by).sort((one, other) => one.due - other.due)[0]
