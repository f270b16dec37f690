// Runs a script by its digest: one round trip, and the text only where the server does not know it (a fresh server, a
// failover, SCRIPT FLUSH). Writes that must be durable go through connections that wait for replicas, if so configured.

import { isError, type Argument, type Command, type Driver } from './driver.ts'
import type { ConfirmedWrites } from './confirmed-writes.ts'
import { patiently } from './patience.ts'
import type { Script } from './scripts.ts'

/** Commands without an answer, waited for or not; beyond it new ones are refused (I7). */
const maxCommands = 10_000

export class Runner {
  readonly #driver: Driver
  readonly #confirmed: ConfirmedWrites | null
  #unanswered = 0

  /** `confirmed` null where no replica is waited for. */
  constructor(driver: Driver, confirmed: ConfirmedWrites | null) {
    this.#driver = driver
    this.#confirmed = confirmed
  }

  /** Whether durable writes wait for replicas. */
  get confirms(): boolean {
    return this.#confirmed !== null
  }

  /** The script's reply. Rejects with an aborted signal, without sending anything where it was aborted before. */
  async run(script: Script, key: string, parameters: readonly Argument[], signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted()
    if (this.#unanswered >= maxCommands) throw new Error('too many commands wait for Redis')
    this.#unanswered += 1
    const send = (command: Command): Promise<unknown> => this.#driver.send(key, command, signal)
    const answer = evaluate(send, script, key, parameters).finally(() => {
      this.#unanswered -= 1
    })
    return patiently(answer, signal)
  }

  /** The same; resolves when as many replicas as asked for have it. */
  async runDurably(
    script: Script,
    key: string,
    parameters: readonly Argument[],
    signal?: AbortSignal,
  ): Promise<unknown> {
    if (this.#confirmed === null) return this.run(script, key, parameters, signal)
    signal?.throwIfAborted()
    return this.#confirmed.write(key, (send) => evaluate(send, script, key, parameters), signal)
  }
}

async function evaluate(
  send: (command: Command) => Promise<unknown>,
  script: Script,
  key: string,
  parameters: readonly Argument[],
): Promise<unknown> {
  try {
    return await send(['EVALSHA', script.sha, '1', key, ...parameters])
  } catch (error) {
    if (!isError(error, 'NOSCRIPT')) throw error
    return send(['EVAL', script.text, '1', key, ...parameters])
  }
}
