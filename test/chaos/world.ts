// What clients, thieves and faults share in one run: the nodes that one may ask, the record, and whether to go on.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Credentials } from '../helpers/server.ts'
import type { Chance } from './chance.ts'
import type { History } from './history.ts'

/** What a node that is well has not answered by then was lost. */
const underWayMs = 500

/** Where a client can send a request. The URL changes when the node is started again. */
export interface Reachable {
  readonly url: string
}

export class World {
  readonly history: History
  readonly nodes: readonly Reachable[]
  readonly credentials: Credentials
  #stopped = false
  #quiet = 0
  #writing = 0
  #leftOut: number | null = null

  constructor(history: History, nodes: readonly Reachable[], credentials: Credentials) {
    this.history = history
    this.nodes = nodes
    this.credentials = credentials
  }

  get goesOn(): boolean {
    return !this.#stopped
  }

  stop(): void {
    this.#stopped = true
  }

  /** The nodes that requests go to at the moment. */
  get open(): readonly number[] {
    return this.nodes.map((_, node) => node).filter((node) => node !== this.#leftOut)
  }

  anyNode(chance: Chance): number {
    return chance.pick(this.open)
  }

  /** Sends nobody to a node while something is done to it, as a balancer would. */
  async leavingOut<Result>(node: number, work: () => Promise<Result>): Promise<Result> {
    this.#leftOut = node
    try {
      await sleep(underWayMs)
      return await work()
    } finally {
      this.#leftOut = null
    }
  }

  /**
   * Work that the store makes durable before it answers. While a fault needs the store to hold unsynced rotations and
   * nothing that would flush them, it waits.
   */
  async durably<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#quiet > 0) await sleep(10)
    this.#writing += 1
    try {
      return await work()
    } finally {
      this.#writing -= 1
    }
  }

  /** Runs something while no sign-in and no sign-out is under way. */
  async inQuiet<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#quiet += 1
    try {
      while (this.#writing > 0) await sleep(5)
      return await work()
    } finally {
      this.#quiet -= 1
    }
  }
}

export { sleep }
