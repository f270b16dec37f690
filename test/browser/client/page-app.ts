// What the script of a subject puts on `window.app`, on both sides: page scripts are checked against it with the DOM's
// types, the tests without them, so it names neither the DOM nor Node.

export interface PageApp {
  /** Signs the one user in; rejects where it fails. */
  readonly signIn: () => Promise<void>
  readonly signOut: () => Promise<void>
  /** Sends one GET /me as the client does it: its status, 401 where the client has no session, 0 where nothing came back. */
  readonly call: () => Promise<number>
  /** Whether the client does not show the user as signed out, found out as it finds that out after a page was loaded. */
  readonly isSignedIn: () => Promise<boolean>
  /** Why sessions ended, as the client has told the page, oldest first; empty where it tells nothing. */
  readonly ended: readonly string[]
  /** The access token that it would send now, for the thief; empty where it has none. */
  readonly accessToken: () => Promise<string>
}

/** The one user; the sign-in of every subject uses these. */
export const credentials = { username: 'ada', password: 'the right one' } as const
