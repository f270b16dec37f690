// Writes that replicas have before they are acknowledged: WAIT, on connections of its own, because a command behind a WAIT
// stalls and rotations must not. WAIT knows only what was written on its own connection, so these connections are never
// mended: one that failed once, or kept somebody waiting too long, is thrown away, and no answer behind it counts.

import { isError, type Command, type Connection, type Driver, type Primary } from './driver.ts'
import { patiently } from './patience.ts'

export interface Confirmation {
  /** How many replicas must have a write. */
  readonly replicas: number
  /** How long that may take, in ms. */
  readonly ms: number
}

/** Writes under way; beyond it they are refused (I7). */
const maxWrites = 10_000

export type Send = (command: Command) => Promise<unknown>

export class ConfirmedWrites {
  readonly #driver: Driver
  readonly #confirmation: Confirmation
  readonly #lines = new Map<string, Promise<Line>>()
  #writing = 0

  constructor(driver: Driver, confirmation: Confirmation) {
    this.#driver = driver
    this.#confirmation = confirmation
  }

  /** Writes, then waits for replicas. Rejects where too few have it in time: applied, not confirmed, safe to repeat. */
  async write(key: string, act: (send: Send) => Promise<unknown>, signal?: AbortSignal): Promise<unknown> {
    if (this.#writing >= maxWrites) throw new Error('too many writes wait for replicas')
    this.#writing += 1
    try {
      return await this.#write(key, act, signal).catch(async (error: unknown) => {
        if (!isError(error, 'MOVED')) throw error
        // The client learns where the key is now by asking for it; a connection of ours teaches it nothing.
        await patiently(this.#driver.send(key, ['EXISTS', key], signal), signal)
        return this.#write(key, act, signal)
      })
    } finally {
      this.#writing -= 1
    }
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    for (const line of this.#lines.values()) await line.then(({ end }) => end()).catch(() => undefined)
  }

  async #write(key: string, act: (send: Send) => Promise<unknown>, signal?: AbortSignal): Promise<unknown> {
    const line = await patiently(this.#lineTo(key), signal)
    try {
      const result = await patiently(act(line.send), signal)
      const confirmed = await patiently(line.confirm(), signal)
      if (confirmed < this.#confirmation.replicas) throw new Unconfirmed(result, confirmed, this.#confirmation)
      return result
    } catch (error) {
      if (!(error instanceof Unconfirmed)) line.end()
      throw error
    }
  }

  async #lineTo(key: string): Promise<Line> {
    const primary = await this.#driver.primaryOf(key)
    const { name } = primary
    const known = this.#lines.get(name)
    if (known !== undefined) return known
    const made = open(primary, this.#confirmation)
    this.#lines.set(name, made)
    const forget = (): void => {
      if (this.#lines.get(name) === made) this.#lines.delete(name)
    }
    made.then(({ ended }) => ended.then(forget), forget)
    return made
  }
}

/** Applied, not confirmed: too few replicas had it in time. */
export class Unconfirmed extends Error {
  /** What Redis answered to the write. Not enumerable: it may be a row. */
  declare readonly answer: unknown

  constructor(answer: unknown, confirmed: number, { replicas }: Confirmation) {
    super(`applied, not confirmed: ${confirmed} of ${replicas} replicas have it; safe to repeat`)
    Object.defineProperty(this, 'answer', { value: answer, enumerable: false })
  }
}

interface Line {
  readonly send: Send
  /** How many replicas have what was written on this connection. */
  readonly confirm: () => Promise<number>
  readonly ended: Promise<void>
  readonly end: () => void
}

async function open(primary: Primary, { replicas, ms }: Confirmation): Promise<Line> {
  const connection: Connection = await primary.connect()
  let turn: Promise<number> | undefined
  // One WAIT for all that is written in one turn.
  const confirm = (): Promise<number> => {
    turn ??= new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
      turn = undefined
      return Number(await connection.send(['WAIT', String(replicas), String(ms)]))
    })
    return turn
  }
  return { send: (command) => connection.send(command), confirm, ended: connection.ended, end: () => connection.end() }
}
