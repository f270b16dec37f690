// The audit trail of one process: what the engine tells and what people do goes through here to the table. What the
// engine tells is queued, because no sign-in may wait for it; what an operator does is on the disk before he is told that
// it is done.

import { randomBytes } from 'node:crypto'
import type { Latchkey } from 'latchkey'
import { watchEngine } from './engine-events.ts'
import { AuditQueue, queueLimits, type OnAuditTrouble, type QueueLimits } from './queue.ts'
import { recordOf, type AuditDraft, type AuditRecord } from './record.ts'
import { Repeats } from './repeats.ts'
import { firstIdAt, idOfFact, RowIds } from './row-id.ts'
import type { AuditRows, Person } from './rows.ts'

export interface TrailOptions {
  /** Who acts in this process where nobody else is named: `cli`, or `server`. */
  readonly actor: string
  /** Whether networks are kept, or only labels. */
  readonly withPlaces: boolean
  /** Rows are kept for so many days; 0 for ever. */
  readonly days: number
  readonly onTrouble: OnAuditTrouble
  readonly limits?: QueueLimits
}

const dayMs = 86_400_000
/** How often it is looked whether repeated events are over. */
const lookMs = 5000
const maxDropped = 500
/** Who an erased person becomes: nothing leads from it to him. */
const erasedPrefix = 'erased:'

export class AuditTrail {
  readonly #rows: AuditRows
  readonly #options: TrailOptions
  readonly #ids = new RowIds()
  readonly #repeats = new Repeats()
  readonly #queue: AuditQueue
  #stops: (() => void)[] = []

  constructor(rows: AuditRows, options: TrailOptions) {
    this.#rows = rows
    this.#options = options
    const record = (draft: AuditDraft): AuditRecord => recordOf(draft, this.#ids, options.withPlaces)
    this.#queue = new AuditQueue(rows, record, options.onTrouble, options.limits ?? queueLimits)
  }

  /** For metrics: rows waiting, written and lost. */
  get queue(): Pick<AuditQueue, 'waiting' | 'written' | 'lost'> {
    return this.#queue
  }

  /** Begins to note what this engine tells. */
  watch(latchkey: Pick<Latchkey, 'on' | 'now'>): void {
    // On the command line, what happens is the operator's doing; in the server, the session's own user's.
    const doer = this.#options.actor === 'cli' ? { actor: 'cli' } : {}
    const look = setInterval(() => this.#tellRepeats(latchkey), lookMs)
    look.unref()
    this.#stops.push(
      watchEngine(latchkey, (draft) => this.note({ ...doer, ...draft })),
      () => clearInterval(look),
    )
  }

  /** Takes a row, to be written soon. Never waits, never throws. */
  note(draft: AuditDraft): void {
    const admitted = this.#repeats.admit(draft)
    if (admitted !== undefined) this.#queue.add(admitted)
  }

  /** Writes what somebody in this process did; resolves when it is durable. Throws what the database says. */
  async write(draft: AuditDraft): Promise<void> {
    this.#queue.add({ actor: this.#options.actor, ...draft })
    await this.#queue.flush().catch((cause: unknown) => {
      throw new Error('this was done, but it could not be written to the audit trail', { cause })
    })
  }

  /** Writes a fact that every node may tell: it is one row, however often it is told. Throws what the database says. */
  async writeFact(fact: string, draft: AuditDraft, now: number): Promise<void> {
    if (draft.at < this.#keptSince(now)) return
    const record = recordOf({ actor: this.#options.actor, ...draft }, this.#ids, this.#options.withPlaces)
    await this.#rows.append([{ ...record, id: idOfFact(draft.at, fact) }])
  }

  /** Writes all that waits. Throws what the database says. */
  flush(): Promise<void> {
    return this.#queue.flush()
  }

  /** Takes a person out of the trail, and says so in it; the number of rows. Throws what the database says. */
  async erase(person: Person, at: number): Promise<number> {
    await this.flush()
    const pseudonym = `${erasedPrefix}${randomBytes(8).toString('hex')}`
    const draft: AuditDraft = { at, event: 'user_erased', subject: pseudonym, actor: this.#options.actor }
    return this.#rows.erase(person, pseudonym, recordOf(draft, this.#ids, this.#options.withPlaces))
  }

  /** Deletes rows that are older than they may become, piece by piece; how many. Throws what the database says. */
  async sweep(now: number): Promise<number> {
    if (this.#options.days === 0) return 0
    let dropped = 0
    for (;;) {
      const count = await this.#rows.drop(firstIdAt(this.#keptSince(now)), maxDropped)
      dropped += count
      if (count < maxDropped) return dropped
    }
  }

  /** Notes nothing more, and writes what waits. Throws what the database says, where rows are left. */
  async close(): Promise<void> {
    for (const stop of this.#stops) stop()
    this.#stops = []
    for (const draft of this.#repeats.due(Number.POSITIVE_INFINITY)) this.#queue.add(draft)
    try {
      await this.#queue.flush()
    } catch (cause) {
      throw new Error(`${this.#queue.waiting} rows could not be written to the audit trail, and are lost`, { cause })
    } finally {
      // Nothing is tried again on a table that is closed next.
      this.#queue.stop()
    }
  }

  #keptSince(now: number): number {
    const { days } = this.#options
    return days === 0 ? 0 : now - days * dayMs
  }

  #tellRepeats(latchkey: Pick<Latchkey, 'now'>): void {
    try {
      for (const draft of this.#repeats.due(latchkey.now())) this.#queue.add(draft)
    } catch {
      // The clock is wrong at this moment; later will do.
    }
  }
}
