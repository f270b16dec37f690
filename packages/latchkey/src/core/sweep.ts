// Deletes dead sessions in small pieces with a breath between them, so that no request waits for the broom.

import type { Engine } from './engine.ts'

const rowsAtOnce = 500
const breathMs = 5

export interface SweepOptions {
  /** Told after each piece how many rows are gone so far. */
  readonly onProgress?: (removed: number) => void
  /** Stops after the piece under way. */
  readonly signal?: AbortSignal
}

/** Walks over the whole store once; the number of rows deleted. */
export async function sweep(engine: Engine, { onProgress, signal }: SweepOptions): Promise<number> {
  const before = engine.ports.now() - engine.policy.retentionMs
  let removed = 0
  let after: string | undefined
  for (;;) {
    const query = { before, limit: rowsAtOnce, ...(after === undefined ? {} : { after }) }
    const swept = await engine.call((aborted) => engine.store.sweep(query, aborted))
    removed += swept.removed
    onProgress?.(removed)
    if (swept.next === null || signal?.aborted === true) return removed
    after = swept.next
    await new Promise<void>((resolve) => {
      engine.ports.after(breathMs, resolve)
    })
  }
}
