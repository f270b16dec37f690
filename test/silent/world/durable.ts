// What stands for IndexedDB: survives its tabs, holds keys as they are, copies what goes in and out. A test can make it
// fail, slow it down, look into it and set it back.

import type { Kept } from 'latchkey/client'

export type StorageVerb = 'read' | 'write' | 'remove'

export class DurableStorage {
  #kept = new Map<string, Kept>()
  /** What was done, in order, with the turn that was read or written. */
  readonly done: { readonly verb: StorageVerb; readonly turn: number | null }[] = []
  /** Called before each access: throws, or waits, where a test wants it to. */
  before: (verb: StorageVerb) => Promise<void> | void = () => undefined

  async read(sessionId?: string): Promise<Kept | null> {
    await this.before('read')
    const kept = sessionId === undefined ? [...this.#kept.values()].at(-1) : this.#kept.get(sessionId)
    this.done.push({ verb: 'read', turn: kept?.turn ?? null })
    return kept === undefined ? null : structuredClone(kept)
  }

  async write(kept: Kept): Promise<void> {
    await this.before('write')
    const copy = structuredClone(kept)
    // The newest comes last.
    this.#kept.delete(kept.sessionId)
    this.#kept.set(kept.sessionId, copy)
    this.done.push({ verb: 'write', turn: kept.turn })
  }

  async remove(sessionId: string): Promise<void> {
    await this.before('remove')
    this.#kept.delete(sessionId)
    this.done.push({ verb: 'remove', turn: null })
  }

  /** All that is kept, the newest last. */
  get records(): readonly Kept[] {
    return [...this.#kept.values()]
  }

  /** What the browser does that runs out of space, or has not seen its user for a week. */
  evict(): void {
    this.#kept.clear()
  }

  /** A copy of the present state; the returned function puts it back. */
  snapshot(): () => void {
    const copy = new Map(this.#kept)
    return () => {
      this.#kept = new Map(copy)
    }
  }
}
