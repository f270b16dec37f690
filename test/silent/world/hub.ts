// Messages between the tabs of one browser, as BroadcastChannel carries them: copied, later, to everybody but the
// sender. All are written down, so that a test can search them for what must not be in them.

import type { Channel } from '../../../packages/latchkey/src/client/ports.ts'

interface Listener {
  readonly name: string
  readonly hear: (message: unknown) => void
}

export interface Message {
  readonly name: string
  readonly message: unknown
}

export class Hub {
  /** Everything that was ever posted, in order. */
  readonly messages: Message[] = []
  /** What is kept back while `isHeld`. */
  readonly #held: (() => void)[] = []
  readonly #listeners = new Set<Listener>()
  isHeld = false
  /** Goes up with everything that happens here. */
  activity = 0

  open(name: string, hear: (message: unknown) => void): Channel {
    const listener = { name, hear }
    this.#listeners.add(listener)
    return {
      postMessage: (message) => {
        if (!this.#listeners.has(listener)) throw new DOMException('Channel is closed', 'InvalidStateError')
        this.post(name, message, listener)
      },
      close: () => void this.#listeners.delete(listener),
    }
  }

  /** How many channels are open. */
  get channels(): number {
    return this.#listeners.size
  }

  /** Posts as one of the tabs, or as somebody else: every open channel of the name hears it. */
  post(name: string, message: unknown, from?: object): void {
    const copy: unknown = structuredClone(message)
    this.messages.push({ name, message: copy })
    // Whoever opens a channel later has missed it.
    const to = [...this.#listeners].filter((each) => each !== from && each.name === name)
    const deliver = (): void => void setImmediate(() => this.#deliver(to, copy))
    if (this.isHeld) this.#held.push(deliver)
    else deliver()
  }

  /** Delivers what was kept back, and keeps nothing back from now on. */
  release(): void {
    this.isHeld = false
    for (const deliver of this.#held.splice(0)) deliver()
  }

  #deliver(to: readonly Listener[], message: unknown): void {
    this.activity += 1
    for (const listener of to) if (this.#listeners.has(listener)) listener.hear(structuredClone(message))
  }
}
