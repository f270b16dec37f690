// What a running server does again and again beside the requests: deletes dead sessions and old audit rows, and notes
// keys that have come into use. A failure is logged and waits for the next round.

import type { Logger } from 'pino'
import { createKeyNotes } from './audit/key-changes.ts'
import type { Config } from './config.ts'
import type { Deployment } from './deployment.ts'

const keyNotesMs = 60_000

/** Starts; stops with the signal. */
export function startUpkeep(deployment: Deployment, config: Config, log: Logger, signal: AbortSignal): void {
  const { latchkey, audit } = deployment
  const sweepMs = config.sweepSeconds * 1000
  // Redis lets dead sessions go by itself.
  if (config.database.engine !== 'redis') {
    every(
      sweepMs,
      signal,
      async () => {
        log.debug({ removed: await latchkey.sweep({ signal }) }, 'swept')
      },
      (err) => log.warn({ err }, 'the sweep failed; it will be tried again'),
    )
  }
  every(
    sweepMs,
    signal,
    async () => {
      log.debug({ removed: await audit.sweep(latchkey.now()) }, 'swept the audit trail')
    },
    (err) => log.warn({ err }, 'the sweep of the audit trail failed; it will be tried again'),
  )
  const noteKeys = createKeyNotes(latchkey, audit)
  const onNotes = (err: unknown): void => log.warn({ err }, 'keys could not be noted; it will be tried again')
  void noteKeys().catch(onNotes)
  every(keyNotesMs, signal, noteKeys, onNotes)
}

// Never two at once: a round that takes longer than the pause puts off the next.
function every(ms: number, signal: AbortSignal, work: () => Promise<void>, onFailure: (error: unknown) => void): void {
  if (ms === 0) return
  let working = false
  const timer = setInterval(() => {
    if (working) return
    working = true
    work()
      .catch(onFailure)
      .finally(() => {
        working = false
      })
  }, ms)
  timer.unref()
  signal.addEventListener('abort', () => clearInterval(timer))
}
