// The revocation feed: its past is a sorted set, bounded in time and number; its present is a channel. What the channel
// loses is in the set, which every node loads again whenever it may have missed something.

import type { Session } from '../../core/session.ts'
import type { Revocation } from '../../core/store.ts'
import { announce, revokedSince } from './feed-scripts.ts'
import type { Keys } from './keys.ts'
import { publicIdBytes } from './row.ts'
import type { Runner } from './runner.ts'

/** Longer than any access token lives. */
const keptMs = 48 * 3_600_000
const maxEntries = 1_000_000
/** Told in one message. */
const atOnce = 500

/** The message that says that the sealed keys were replaced. */
export const keysChanged = '[]'

export class Feed {
  readonly #runner: Runner
  readonly #keys: Keys

  constructor(runner: Runner, keys: Keys) {
    this.#runner = runner
    this.#keys = keys
  }

  /** Adds ended sessions to the past, and tells whoever listens. */
  async announce(ended: readonly Session[], signal?: AbortSignal): Promise<void> {
    const entries = ended.map(({ publicId, revokedAt }) => ({ publicId, revokedAt: revokedAt ?? 0 }))
    for (let from = 0; from < entries.length; from += atOnce) {
      const piece = entries.slice(from, from + atOnce)
      const bounds = [String(keptMs), String(maxEntries), this.#keys.channel, messageOf(piece)]
      const flat = piece.flatMap(({ publicId, revokedAt }) => [String(revokedAt), publicIdBytes(publicId)])
      await this.#runner.run(announce, this.#keys.revoked, [...bounds, ...flat], signal)
    }
  }

  async revokedSince(at: number, limit: number, signal?: AbortSignal): Promise<Revocation[]> {
    const since = Number.isFinite(at) ? String(at) : '-inf'
    const flat = await this.#runner.run(revokedSince, this.#keys.revoked, [since, String(limit)], signal)
    const found: Revocation[] = []
    for (const [index, id] of (flat as Buffer[]).entries()) {
      if (index % 2 === 1) continue
      found.push({ publicId: id.toString('base64url'), revokedAt: Number((flat as Buffer[])[index + 1]) })
    }
    return found
  }
}

const messageOf = (entries: readonly Revocation[]): string =>
  JSON.stringify(entries.map(({ publicId, revokedAt }) => [publicId, revokedAt]))

/** What a message tells; null where it is none of ours. */
export function entriesIn(message: string): Revocation[] | null {
  try {
    const entries = JSON.parse(message) as [string, number][]
    return entries.map(([publicId, revokedAt]) => ({ publicId, revokedAt }))
  } catch {
    return null
  }
}
