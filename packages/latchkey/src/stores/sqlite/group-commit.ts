// Gathers the writes that arrive in one turn of the event loop into one transaction: with synchronous FULL that is
// durability for ten times less. Each write is told its own result, after the commit. A lock held by another process
// is waited for outside the event loop; who has given up meanwhile is dropped undone.

import type { DatabaseSync } from 'node:sqlite'
import { isBusy, spoilsTransaction } from './database.ts'
import { rollBack } from './migrate.ts'

/** Bounds what one transaction may hold up. */
const maxGroup = 256
/** Writes waiting for the lock; beyond it the store is overloaded and says so at once (I7). */
const maxWaiting = 10_000
/** A write without a signal waits this long for the lock. */
const patienceMs = 5000
const retryMs = 5

interface Write {
  readonly run: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  readonly signal: AbortSignal
}

type Settle = () => void

export class GroupCommit {
  readonly #database: DatabaseSync
  readonly #check: () => void
  #waiting: Write[] = []
  #scheduled = false
  #idle: (() => void)[] = []

  /** `check` throws where the database must not be written to. */
  constructor(database: DatabaseSync, check: () => void) {
    this.#database = database
    this.#check = check
  }

  /** Runs one statement, atomic in itself, inside the next commit. Resolves with its result once that is durable. */
  write<Result>(run: () => Result, signal: AbortSignal = AbortSignal.timeout(patienceMs)): Promise<Result> {
    if (this.#waiting.length >= maxWaiting) return Promise.reject(new Error('too many writes wait for the database'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ run, resolve, reject, signal })
      this.#schedule(0)
    })
  }

  /** Runs several statements that must all happen or none. */
  writeAll<Result>(run: () => Result, signal?: AbortSignal): Promise<Result> {
    return this.write(() => this.#allOrNone(run), signal)
  }

  /** Resolves when nothing waits. */
  drained(): Promise<void> {
    if (!this.#scheduled) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  #schedule(delayMs: number): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const flush = (): void => this.#flush()
    if (delayMs === 0) setImmediate(flush)
    else setTimeout(flush, delayMs)
  }

  #flush(): void {
    this.#scheduled = false
    const group = this.#take()
    const busy = group.length > 0 && !this.#commit(group)
    if (busy) this.#waiting.unshift(...group)
    if (this.#waiting.length > 0) this.#schedule(busy ? retryMs : 0)
    else for (const resolve of this.#idle.splice(0)) resolve()
  }

  #take(): Write[] {
    const [kept, dropped] = partition(this.#waiting.splice(0, maxGroup), (write) => !write.signal.aborted)
    for (const { reject } of dropped) reject(new Error('gave up waiting for the database'))
    return kept
  }

  /** False where the lock is held elsewhere and nothing was done; otherwise every write has been settled. */
  #commit(group: readonly Write[]): boolean {
    try {
      this.#check()
      this.#database.exec('BEGIN IMMEDIATE')
    } catch (error) {
      if (isBusy(error)) return false
      for (const { reject } of group) reject(error)
      return true
    }
    try {
      const settle = group.map((write) => outcomeOf(write))
      this.#database.exec('COMMIT')
      for (const tell of settle) tell()
    } catch (error) {
      rollBack(this.#database)
      for (const { reject } of group) reject(error)
    }
    return true
  }

  #allOrNone<Result>(run: () => Result): Result {
    this.#database.exec('SAVEPOINT one')
    try {
      const result = run()
      this.#database.exec('RELEASE one')
      return result
    } catch (error) {
      this.#database.exec('ROLLBACK TO one')
      this.#database.exec('RELEASE one')
      throw error
    }
  }
}

// One bad row must not fail its group; what may have ended the transaction must.
function outcomeOf({ run, resolve, reject }: Write): Settle {
  try {
    const value = run() as never
    return () => resolve(value)
  } catch (error) {
    if (spoilsTransaction(error)) throw error
    return () => reject(error)
  }
}

function partition<Item>(items: readonly Item[], belongs: (item: Item) => boolean): [Item[], Item[]] {
  const yes: Item[] = []
  const no: Item[] = []
  for (const item of items) (belongs(item) ? yes : no).push(item)
  return [yes, no]
}
