// The bounded way from what happens to the table: whoever reports never waits and never fails, rows are written in
// batches, and a database that is away is tried again. What does not fit meanwhile is lost, counted, and told: to the
// log, to the metrics, and by a row in the trail itself once it can be written again.

import type { AuditDraft, AuditRecord } from './record.ts'
import type { AuditRows } from './rows.ts'

export interface QueueLimits {
  /** Rows that may wait. */
  readonly maxWaiting: number
  /** Rows of one write. */
  readonly maxBatch: number
  /** Rows wait so long for others to share a write with. */
  readonly gatherMs: number
  /** After a write that failed, the next waits at least so long, and twice as long each time. */
  readonly retryMs: number
  readonly maxRetryMs: number
}

export const queueLimits: QueueLimits = {
  maxWaiting: 10_000,
  maxBatch: 200,
  gatherMs: 250,
  retryMs: 500,
  maxRetryMs: 30_000,
}

/** Told of a write that failed and will be tried again, with how many rows were lost so far. */
export type OnAuditTrouble = (error: unknown, lost: number) => void

interface Gap {
  readonly rows: number
  readonly record: AuditRecord
}

export class AuditQueue {
  readonly #rows: AuditRows
  readonly #record: (draft: AuditDraft) => AuditRecord
  readonly #onTrouble: OnAuditTrouble
  readonly #limits: QueueLimits
  #waiting: AuditRecord[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #isWriting = false
  #failures = 0
  #written = 0
  #lost = 0
  #untold = 0
  /** The row about lost ones that is being written: the same again until it is. */
  #gap: Gap | undefined
  #lostAt = 0

  constructor(
    rows: AuditRows,
    record: (draft: AuditDraft) => AuditRecord,
    onTrouble: OnAuditTrouble,
    limits: QueueLimits = queueLimits,
  ) {
    this.#rows = rows
    this.#record = record
    this.#onTrouble = onTrouble
    this.#limits = limits
  }

  /** Rows that wait to be written. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Rows written since the start. */
  get written(): number {
    return this.#written
  }

  /** Rows lost since the start. */
  get lost(): number {
    return this.#lost
  }

  /** Takes a row; never waits, never throws. */
  add(draft: AuditDraft): void {
    if (this.#waiting.length >= this.#limits.maxWaiting) {
      this.#lost += 1
      this.#untold += 1
      this.#lostAt = draft.at
      return
    }
    this.#waiting.push(this.#record(draft))
    this.#schedule(this.#limits.gatherMs)
  }

  /** Writes everything that waits. Rejects with what went wrong; the rows go on waiting then. */
  flush(): Promise<void> {
    const flushed = this.#writing.then(() => this.#writeAll())
    // Whoever comes next waits for this one, and is not told of its failure.
    this.#writing = flushed.catch(() => undefined)
    return flushed
  }

  /** Calls off the next try; what waits stays. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #writeAll(): Promise<void> {
    this.stop()
    this.#isWriting = true
    try {
      while (this.#waiting.length > 0 || this.#untold > 0) await this.#writeBatch()
      this.#isWriting = false
      this.#failures = 0
    } catch (error) {
      this.#isWriting = false
      this.#failures += 1
      this.#onTrouble(error, this.#lost)
      this.#schedule(Math.min(this.#limits.retryMs * 2 ** (this.#failures - 1), this.#limits.maxRetryMs))
      throw error
    }
  }

  // A batch leaves the queue after it has been written; told twice, a row is one by its id.
  async #writeBatch(): Promise<void> {
    const batch = this.#waiting.slice(0, this.#limits.maxBatch)
    const gap = this.#gap ?? this.#gapOf(this.#untold)
    this.#gap = gap
    const told = gap === undefined ? [] : [gap.record]
    await this.#rows.append([...batch, ...told])
    this.#gap = undefined
    this.#waiting.splice(0, batch.length)
    this.#written += batch.length + told.length
    this.#untold -= gap?.rows ?? 0
  }

  #gapOf(rows: number): Gap | undefined {
    if (rows === 0) return undefined
    return { rows, record: this.#record({ at: this.#lostAt, event: 'audit_lost', details: { rows } }) }
  }

  #schedule(afterMs: number): void {
    // Whoever is writing takes what has come meanwhile along. Where the database hangs, one try for each row that comes
    // would make a line of tries, and a stop would wait for all of them.
    if (this.#timer !== undefined || this.#isWriting) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      // Told to onTrouble, and tried again.
      this.flush().catch(() => undefined)
    }, afterMs)
    this.#timer.unref()
  }
}
