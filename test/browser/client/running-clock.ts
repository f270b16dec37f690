// A clock for the engine that runs by itself, as clocks do, and can be put forward besides: a client on a real page lives
// by real time, and a server whose time stood still would judge its late requests too kindly.

import { settableClock, type SettableClock } from 'latchkey/testing'

const tickMs = 10
const stepMs = 5000

export interface RunningClock {
  readonly ports: SettableClock['ports']
  readonly now: () => number
  /** Puts it forward in small steps, with everything done in each that is due in it. */
  readonly pass: (ms: number) => Promise<void>
  readonly stop: () => void
}

/** Starts at the present. */
export function runningClock(): RunningClock {
  const clock = settableClock(Date.now())
  let seen = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    clock.advance(Math.round(now - seen))
    seen = now
  }, tickMs)
  const pass = async (ms: number): Promise<void> => {
    for (const end = clock.now() + ms; clock.now() < end;) {
      clock.advance(Math.min(stepMs, end - clock.now()))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { ports: clock.ports, now: clock.now, pass, stop: () => clearInterval(timer) }
}
