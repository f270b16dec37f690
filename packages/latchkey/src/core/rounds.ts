// Work that a node does again and again while it lives. A failure waits for the next round: whoever cares looks at what
// the work left behind (how old the knowledge is), not at the round.

import type { Ports } from './ports.ts'

/** Does `work` every `pauseMs`, counted from the end of the last; never two at once. Returns the stop. */
export function startRounds(ports: Ports, pauseMs: number, work: () => Promise<unknown>): () => void {
  let stopped = false
  let cancel = (): void => undefined
  const wait = (): void => {
    if (stopped) return
    cancel = ports.after(pauseMs, () => {
      void work()
        .catch(() => undefined)
        .finally(wait)
    })
  }
  wait()
  return () => {
    stopped = true
    cancel()
  }
}
