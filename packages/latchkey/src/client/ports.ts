// All that the client wants from the world beside the network: clocks, chance, timers, and what surrounds it (a page, or
// nothing). The real ones are in create-client.ts and browser.ts; tests bring their own.

import type { ClientStorage } from './storage.ts'

/** A bell that the other tabs of this origin hear: there is news in the storage. It says nothing else. */
export interface Channel {
  readonly postMessage: (nothing: 0) => void
  readonly close: () => void
}

/** What a page, an app or a process is for the client. */
export interface Surroundings {
  /** Where a session of cookie mode is kept, under this name. */
  readonly storage: (name: string) => ClientStorage
  /** Id of the session that the browser's cookies hold, null where they hold none, undefined where that cannot be seen. */
  readonly hint: (baseUrl: URL) => string | null | undefined
  /** Takes the hint away, if it still names this session. */
  readonly dropHint: (baseUrl: URL, sessionId: string) => void
  /** Undefined where there are no other tabs to talk to. */
  readonly openChannel: (name: string, hear: () => void) => Channel | undefined
  /** Calls `wake` when the user comes back, or the network does (`isOnline`), and `sleep` when the page is put away. Returns the way to stop it. */
  readonly watch: (wake: (isOnline: boolean) => void, sleep: () => void) => () => void
  /** Whether somebody is looking; nothing is renewed ahead of need while nobody is. */
  readonly isVisible: () => boolean
  readonly isOnline: () => boolean
}

export interface ClientPorts {
  /** The device's clock, epoch milliseconds; it may jump. */
  readonly now: () => number
  /** Milliseconds of a clock that never jumps, and that may stand still while the device sleeps. */
  readonly steady: () => number
  /** At least 0, below 1. */
  readonly chance: () => number
  /** Calls once after `ms`, without keeping the process alive; returns the way to call it off. */
  readonly after: (ms: number, call: () => void) => () => void
  readonly surroundings: Surroundings | undefined
}
