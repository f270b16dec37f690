// Gathers the rotations that arrive in one turn of the event loop, or while the group before them is under way, into one
// statement. Of two that are about one session the later waits for the next group: one statement can do but one of them,
// and would have to lie about the other (I2). Each is told its own result; who has given up meanwhile is dropped undone.

import type { Session } from '../../core/session.ts'
import type { Step } from '../../core/store.ts'
import { sessionOf } from './rows.ts'
import { stateOf, type Row } from './pool.ts'
import { retrying } from './transaction.ts'

/** Bounds what one statement may hold up, and what one failure concerns. */
const maxGroup = 256

interface Rotation {
  readonly step: Step
  readonly signal: AbortSignal | undefined
  readonly resolve: (row: Session | null) => void
  readonly reject: (error: unknown) => void
}

/** Runs `advance` of statements.ts with these values. */
export type Send = (values: unknown[]) => Promise<readonly Row[]>

export class Rotations {
  readonly #send: Send
  #waiting: Rotation[] = []
  #busy = false

  constructor(send: Send) {
    this.#send = send
  }

  /** The row after the step, or null where nothing matched. */
  advance(step: Step, signal?: AbortSignal): Promise<Session | null> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ step, signal, resolve, reject })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#busy) return
    this.#busy = true
    setImmediate(() => void this.#flush())
  }

  async #flush(): Promise<void> {
    const [group, later] = groupOf(this.#waiting)
    this.#waiting = later
    await this.#settle(group)
    this.#busy = false
    if (this.#waiting.length > 0) this.#schedule()
  }

  async #settle(group: readonly Rotation[]): Promise<void> {
    const wanted = group.filter(({ signal, reject }) => {
      if (signal?.aborted === true) reject(signal.reason)
      return signal?.aborted !== true
    })
    if (wanted.length === 0) return
    try {
      const rows = await retrying(() => this.#send(valuesOf(wanted)))
      const found = new Map(rows.map((row) => [Number(row['ordinal']), row]))
      for (const [index, { resolve }] of wanted.entries()) {
        const row = found.get(index + 1)
        resolve(row === undefined ? null : sessionOf(row))
      }
    } catch (error) {
      if (wanted.length > 1 && concernsOne(error)) for (const each of wanted) await this.#settle([each])
      else for (const { reject } of wanted) reject(error)
    }
  }
}

/** The next group, each session in it once, in the order in which PostgreSQL is to lock their rows; and who must wait. */
export function groupOf<Waiting extends { readonly step: Step }>(
  waiting: readonly Waiting[],
): [group: Waiting[], later: Waiting[]] {
  const group = new Map<string, Waiting>()
  const later: Waiting[] = []
  for (const each of waiting) {
    if (group.size < maxGroup && !group.has(each.step.sid)) group.set(each.step.sid, each)
    else later.push(each)
  }
  return [[...group.values()].sort(bySid), later]
}

const bySid = (one: { readonly step: Step }, other: { readonly step: Step }): number =>
  one.step.sid < other.step.sid ? -1 : 1

const valuesOf = (group: readonly Rotation[]): unknown[] => {
  const column = (value: (step: Step) => unknown): unknown[] => group.map(({ step }) => value(step))
  return [
    column(({ sid }) => sid),
    column(({ from }) => from),
    column(({ to }) => to),
    column(({ at }) => at),
    column(({ idleExpiresAt }) => idleExpiresAt),
    column(({ client }) => client),
    column(({ thumbprint }) => thumbprint),
  ]
}

// A value that PostgreSQL cannot hold (22), a row that somebody else keeps locked (55P03) or is always about to write (40):
// the others are to go on.
const concernsOne = (error: unknown): boolean => /^(?:22|40)|^55P03$/.test(stateOf(error))
