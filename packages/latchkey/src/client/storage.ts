// What a client keeps of its session between page loads or process starts, and the contract of whatever keeps it. A
// storage is dumb: it never looks into what it keeps.

import type { EndedReason } from './errors.ts'
import { race } from './race.ts'

// `CryptoKey`, by a name that programs without the types of a browser have as well: their compiler reads these too.
type Key = Parameters<typeof crypto.subtle.sign>[1]

/** A secret as a storage keeps it: a text, or a key that script cannot read out where the storage can hold one. */
export type KeptKey = string | Key | { readonly privateKey: Key; readonly publicKey: Key }

/**
 * What is kept of one session. Releases share it, in tabs side by side and in files: members are added, and none is ever
 * given another meaning.
 */
export interface Kept {
  /** The public session id, `sid` of its access tokens. */
  readonly sessionId: string
  /** How often it was renewed from here; the higher one is the fresher. */
  readonly turn: number
  /** The session key, or the key pair of DPoP; none for a plain session. */
  readonly key?: KeptKey | undefined
  /** The server's nonce for the next proof; no secret. */
  readonly nonce?: string | undefined
  /** How long the access token lives in all, milliseconds. */
  readonly lifeMs?: number | undefined
  /** When it expires, epoch milliseconds by this device's clock. */
  readonly expiresAt?: number | undefined
  /** Cookie mode: the access token for the other tabs, sealed with a key that script cannot read. */
  readonly sealed?: ArrayBuffer | undefined
  readonly seal?: Key | undefined
  /** Body mode: the tokens as they are. In cookie mode script never sees a refresh token. */
  readonly refreshToken?: string | undefined
  readonly accessToken?: string | undefined
  /** Why the session is over; then nothing else is kept of it. */
  readonly ended?: EndedReason | undefined
}

export interface ClientStorage {
  /** What is kept of this session, or of the newest one where no id is given; null where there is nothing. */
  readonly read: (sessionId?: string) => Promise<Kept | null>
  /**
   * Keeps it durably in the place of what was kept of the same session; it is the newest from now on. Turn 1 is a session that
   * begins: it may take the place of all others.
   */
  readonly write: (kept: Kept) => Promise<void>
  /** Forgets one session; nothing happens where it is unknown. */
  readonly remove: (sessionId: string) => Promise<void>
  /** Whether it can hold a `CryptoKey` as it is. Where not, keys are kept as texts. */
  readonly keepsKeys?: boolean
  /**
   * Runs `work` while no other tab or process does, if it gets there within `waitMs`; otherwise rejects with a
   * `TimeoutError` or `AbortError` without having called it. Never robs a holder. Without it, nothing is locked.
   */
  readonly lock?: <Result>(work: () => Promise<Result>, waitMs: number) => Promise<Result>
}

/** Keeps one session in the memory of this program, for all clients that are given it, and loses it with it. */
export const memoryStorage = (): ClientStorage => {
  let last: Kept | null = null
  let busy: Promise<unknown> = Promise.resolve()
  return {
    read: async (sessionId) => (sessionId === undefined || last?.sessionId === sessionId ? last : null),
    write: async (kept) => {
      last = kept
    },
    remove: async (sessionId) => {
      if (last?.sessionId === sessionId) last = null
    },
    keepsKeys: true,
    lock: async (work, waitMs) => {
      const before = busy
      const waiting = new AbortController()
      // Not `AbortSignal.timeout`, which React Native does not have.
      const timer = setTimeout(() => waiting.abort(Object.assign(new Error(), { name: 'TimeoutError' })), waitMs)
      let leave = (): void => undefined
      busy = new Promise<void>((resolve) => {
        leave = resolve
      }).then(() => before)
      try {
        await race(before, waiting.signal).finally(() => clearTimeout(timer))
        return await work()
      } finally {
        leave()
      }
    },
  }
}
