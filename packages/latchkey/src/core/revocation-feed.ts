// Keeps this node's set of revoked sessions in step with the store: watch first, then load everything that can still
// matter, then again whenever nothing was told for a while, and every 30 seconds regardless, because nothing bounds how
// late a commit can be (a standby may keep it waiting). In between, a load reaches back over a store's deadline.

import type { Policy } from './policy.ts'
import type { Ports } from './ports.ts'
import { Revocations } from './revocations.ts'
import { startRounds } from './rounds.ts'
import type { StoreCall } from './store-calls.ts'
import type { Revocation, Store } from './store.ts'

const reloadMs = 30_000
/** While the store tells nothing, the node asks this often. */
const askMs = 1000

export class RevocationFeed {
  readonly #store: Store
  readonly #call: StoreCall
  readonly #policy: Policy
  readonly #ports: Ports
  readonly #set: Revocations
  #loading: Promise<void> | undefined
  #again = false
  /** Whether the next load must reach all the way back: what was told meanwhile was not heard. */
  #inFull = true
  #stopped = false
  #loadedAt: number | undefined
  /** Up to here this node's knowledge is good enough to go by. */
  #trustedUntil = Number.NEGATIVE_INFINITY
  #stopWatching: (() => void) | undefined
  #stopReloading: (() => void) | undefined
  #stopAsking: (() => void) | undefined

  constructor(store: Store, call: StoreCall, policy: Policy, ports: Ports) {
    this.#store = store
    this.#call = call
    this.#policy = policy
    this.#ports = ports
    this.#set = new Revocations(policy.maxRevocations)
  }

  /**
   * Loads for the first time; until then the node must not serve. `changed` is called whenever anything in the store may
   * have changed, keys too. Rejects where the store cannot be reached.
   */
  async start(changed: () => void = () => undefined): Promise<void> {
    this.#stopWatching = this.#store.watch({
      revoked: (entries) => this.#hear(entries),
      changed: () => {
        this.#stopAsking?.()
        this.#stopAsking = undefined
        this.#reload().catch(() => undefined)
        changed()
      },
      lost: () => {
        this.#inFull = true
        if (!this.#stopped) this.#stopAsking ??= startRounds(this.#ports, askMs, () => this.#reload())
      },
    })
    try {
      await this.#reload()
    } catch (error) {
      this.stop()
      throw error
    }
    // A failure shows in age(); the next round tries again.
    const reloadInFull = (): Promise<void> => {
      this.#inFull = true
      return this.#reload()
    }
    if (!this.#stopped) this.#stopReloading = startRounds(this.#ports, reloadMs, reloadInFull)
  }

  stop(): void {
    this.#stopped = true
    this.#stopWatching?.()
    this.#stopReloading?.()
    this.#stopAsking?.()
  }

  /** How old this node's knowledge is, in milliseconds, at worst. */
  age(now: number): number {
    return this.#loadedAt === undefined ? Number.POSITIVE_INFINITY : Math.max(0, now - this.#loadedAt)
  }

  /** Takes in what this node has revoked itself. */
  note(revocation: Revocation): void {
    this.#set.add(revocation, revocation.revokedAt + this.#policy.revocationLifeMs)
  }

  /** Resolves when this node knows all that the store knows now. Rejects where the store cannot be reached. */
  async catchUp(): Promise<void> {
    // A load that is under way may have asked too early.
    await this.#loading?.catch(() => undefined)
    await this.#reload()
  }

  judge(publicId: string, now: number): 'live' | 'revoked' | 'unknown' {
    const judged = this.#set.judge(publicId, now)
    if (judged !== 'live') return judged
    if (now >= (this.#loadedAt ?? 0)) return now <= this.#trustedUntil ? 'live' : 'unknown'
    // The clock has gone back: what was forgotten as over may matter again, until the store has told it anew.
    this.#reload().catch(() => undefined)
    return 'unknown'
  }

  // What is told was revoked a moment ago, whatever the clock of the node that did it says.
  #hear(entries: readonly Revocation[]): void {
    const now = this.#ports.now()
    for (const { publicId, revokedAt } of entries) this.note({ publicId, revokedAt: Math.max(revokedAt, now) })
  }

  // One load at a time; whatever arrives during one causes one more.
  #reload(): Promise<void> {
    if (this.#loading !== undefined) {
      this.#again = true
      return this.#loading
    }
    this.#loading = this.#load().finally(() => {
      this.#loading = undefined
      if (!this.#again || this.#stopped) return
      this.#again = false
      this.#reload().catch(() => undefined)
    })
    return this.#loading
  }

  async #load(): Promise<void> {
    const { revocationLifeMs, maxRevocations, maxFeedAgeMs, whenFeedLost } = this.#policy
    const now = this.#ports.now()
    const inFull = this.#inFull
    const since = inFull ? now - revocationLifeMs : Math.max(now - revocationLifeMs, this.#reach(now))
    const entries = await this.#call((signal) => this.#store.revokedSince(since, maxRevocations + 1, signal))
    if (inFull) this.#inFull = false
    this.#set.prune(now)
    for (const entry of entries.toReversed()) this.note(entry)
    this.#loadedAt = now
    this.#trustedUntil = whenFeedLost === 'ask' ? now + maxFeedAgeMs : Number.POSITIVE_INFINITY
  }

  // Back to whatever may have been under way at the last load; all the way where there was none, or its clock ran ahead.
  #reach(now: number): number {
    if (this.#loadedAt === undefined || now < this.#loadedAt) return Number.NEGATIVE_INFINITY
    return this.#loadedAt - this.#policy.storeDeadlineMs - 2 * this.#policy.clockToleranceMs
  }
}
