// The bounded way to the password worker: so many sign-ins may wait, and one more is told at once to come back, rather
// than make everybody wait.

import { Worker } from 'node:worker_threads'
import { LatchkeyError } from 'latchkey'

export interface PasswordTask {
  readonly id: number
  readonly password: string
  /** To check against; null to make a hash. */
  readonly hash: string | null
}

export type PasswordAnswer =
  | { readonly id: number; readonly matches: boolean }
  | { readonly id: number; readonly hash: string }

interface Waiting {
  readonly resolve: (answer: PasswordAnswer) => void
  readonly reject: (error: unknown) => void
}

const retryAfterSeconds = 2

export class Passwords {
  readonly #maxWaiting: number
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #nextId = 0
  #unknownUsersHash: Promise<string> | undefined

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting
  }

  /** A hash to keep. Throws `overloaded`. */
  async hash(password: string): Promise<string> {
    const answer = await this.#ask(password, null)
    if (!('hash' in answer)) throw new Error('the password could not be hashed')
    return answer.hash
  }

  /** Whether a password fits a hash; for a user that does not exist (null), no, after the same work. Throws `overloaded`. */
  async matches(password: string, hash: string | null): Promise<boolean> {
    const answer = await this.#ask(password, hash ?? (await this.prepare()))
    return hash !== null && 'matches' in answer && answer.matches
  }

  /** Makes the hash against which unknown users are checked; once, ahead of the first of them. */
  prepare(): Promise<string> {
    this.#unknownUsersHash ??= this.hash('a password that nobody has')
    return this.#unknownUsersHash
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  #ask(password: string, hash: string | null): Promise<PasswordAnswer> {
    if (this.#waiting.size >= this.#maxWaiting) throw new LatchkeyError('overloaded', { retryAfterSeconds })
    this.#worker ??= this.#start()
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker?.ref()
      this.#worker?.postMessage({ id, password, hash } satisfies PasswordTask)
    })
  }

  #start(): Worker {
    // The sources run as .ts in tests and as .js when built.
    const worker = new Worker(new URL(`./password-worker${import.meta.url.slice(-3)}`, import.meta.url))
    worker.on('message', (answer: PasswordAnswer) => {
      this.#waiting.get(answer.id)?.resolve(answer)
      this.#waiting.delete(answer.id)
      // An idle worker must not keep the process alive; one at work must.
      if (this.#waiting.size === 0) worker.unref()
    })
    worker.on('error', (cause) => {
      this.#worker = undefined
      for (const { reject } of this.#waiting.values())
        reject(new LatchkeyError('overloaded', { cause, retryAfterSeconds }))
      this.#waiting.clear()
    })
    return worker
  }
}
