// What an application can know of its session at any moment: an immutable snapshot, the same object for as long as
// nothing has changed.

import type { EndedReason } from './errors.ts'

/** `unknown`: there may be a session, nothing has been asked yet. `degraded`: it cannot be renewed just now, and goes on. */
export type State =
  | { readonly status: 'unknown'; readonly degraded: boolean; readonly sessionId: null; readonly subject: null }
  | {
      readonly status: 'authenticated'
      readonly degraded: boolean
      readonly sessionId: string
      readonly subject: string
    }
  | { readonly status: 'anonymous'; readonly degraded: false; readonly sessionId: null; readonly subject: null }

/** Events and what they carry; never a token. */
export interface ClientEvents {
  /** Status, identity or `degraded` has changed. */
  readonly change: State
  /** The session has a new access token; seconds until it expires. */
  readonly refreshed: { readonly sessionId: string; readonly expiresInSeconds: number }
  /** A session is over, told once in each tab. */
  readonly ended: { readonly sessionId: string; readonly reason: EndedReason }
}

export type ClientEventName = keyof ClientEvents
export type ClientListener<Name extends ClientEventName> = (event: ClientEvents[Name]) => void
