// A subject is a client under test: its script in a page, which puts a `PageApp` (page-app.ts) on `window.app`, and what
// it needs of a server. Scenarios know nothing else of it, so that the very same ones run against ours and against those
// of others.

import type { Express } from 'express'
import type { Latchkey } from 'latchkey'
import type { Sessions } from 'latchkey/express'

/** What a subject may build its own routes on. */
interface ServerParts {
  readonly latchkey: Latchkey
  readonly sessions: Sessions
  /** Without a slash at its end. */
  readonly publicUrl: string
}

export interface Subject {
  readonly name: string
  /** Whether each renewal proves a key. */
  readonly isProved: boolean
  /** The page's script, to run as a classic one; asked for once for each world. */
  readonly bundle: () => Promise<string>
  /** Adds routes of the client's own dialect, before ours. */
  readonly routes?: (app: Express, parts: ServerParts) => void
  /** Whether this request asks for new tokens; POST /token and POST /refresh where nothing is said. */
  readonly isRenewal?: (method: string, url: URL) => boolean
}

/** What came of a scenario; plain figures, the same for every client. */
export interface Outcome {
  /** Tabs that show the user as signed out, or got 401, in the end. */
  readonly signedOut: number
  /** GET /me calls that a user would have seen: how many, and how many of them were answered with 200. */
  readonly calls: number
  readonly succeeded: number
  /** Requests for new tokens that left the browser in the time that the scenario is about. */
  readonly renewals: number
  /** Reuse alarms of the engine. */
  readonly alarms: number
  /** The engine's other tales of copied tokens: `unproved`. */
  readonly unproved: number
  /** For scenarios with a thief: whether he got a new token, or an answer for one. */
  readonly thiefGotIn?: boolean
}
