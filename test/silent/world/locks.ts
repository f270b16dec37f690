// Web Locks of one browser: first come, first served; whoever waits too long leaves the queue; nobody is ever robbed.
// Written down, so that a test can see who waited for whom.

import type { TabClock } from './clock.ts'

export interface LockEvent {
  readonly tab: number
  readonly what: 'asked' | 'got' | 'gave_up' | 'released'
}

interface Waiter {
  readonly tab: number
  readonly start: () => void
}

export class Locks {
  readonly events: LockEvent[] = []
  readonly #queues = new Map<string, Waiter[]>()
  readonly #holders = new Map<string, number>()
  #isOccupied = false

  /** Somebody who never lets go has every lock, until the returned function is called. */
  occupy(): () => void {
    this.#isOccupied = true
    return () => {
      this.#isOccupied = false
      for (const name of this.#queues.keys()) this.#next(name)
    }
  }

  /** Runs `work` under the lock; rejects with a `TimeoutError` after `waitMs` of this tab's clock. */
  async run<Result>(
    name: string,
    { tab, clock }: { readonly tab: number; readonly clock: TabClock },
    work: () => Promise<Result>,
    waitMs: number,
  ): Promise<Result> {
    this.events.push({ tab, what: 'asked' })
    await this.#acquire(name, tab, clock, waitMs)
    this.events.push({ tab, what: 'got' })
    try {
      return await work()
    } finally {
      this.release(name, tab)
    }
  }

  /** What the browser does with a tab that is gone: it holds nothing, and waits for nothing. */
  forget(tab: number): void {
    for (const [name, queue] of this.#queues) {
      this.#queues.set(
        name,
        queue.filter((waiter) => waiter.tab !== tab),
      )
      this.release(name, tab)
    }
  }

  /** Who holds this lock, or any. */
  get isHeld(): boolean {
    return this.#isOccupied || this.#holders.size > 0
  }

  release(name: string, tab: number): void {
    if (this.#holders.get(name) !== tab) return
    this.events.push({ tab, what: 'released' })
    this.#holders.delete(name)
    this.#next(name)
  }

  #acquire(name: string, tab: number, clock: TabClock, waitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(name) ?? []
      this.#queues.set(name, queue)
      const stop = clock.after(waitMs, () => {
        const waiting = this.#queues.get(name) ?? []
        if (!waiting.includes(waiter)) return
        waiting.splice(waiting.indexOf(waiter), 1)
        this.events.push({ tab, what: 'gave_up' })
        reject(new DOMException('the lock was not free in time', 'TimeoutError'))
      })
      const waiter = {
        tab,
        start: () => {
          stop()
          resolve()
        },
      }
      queue.push(waiter)
      this.#next(name)
    })
  }

  #next(name: string): void {
    if (this.#isOccupied || this.#holders.has(name)) return
    const waiter = this.#queues.get(name)?.shift()
    if (waiter === undefined) return
    this.#holders.set(name, waiter.tab)
    waiter.start()
  }
}
