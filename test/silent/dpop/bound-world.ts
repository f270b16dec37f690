// Tabs whose sessions are bound by DPoP, in the world of the client's tests, and what the tests look at: which requests
// reached the server, and what their proofs said.

import { decodeJwt, type JWTPayload } from 'jose'
import { dpop } from 'latchkey/client/dpop'
import { credentials, type Seen, type Tab, type TabOptions, type World } from '../world/index.ts'

/** A tab with proofs by the clock of its device, which may be off. */
export function openBoundTab({ server, browser }: World, options: TabOptions = {}): Tab {
  const { clockOffsetMs = 0 } = options
  return browser.openTab({ proof: dpop({ now: () => server.clock.now() + clockOffsetMs }), ...options })
}

/** The same, whose user has signed in. */
export async function signedInBound(world: World, options: TabOptions = {}): Promise<Tab> {
  const tab = openBoundTab(world, options)
  await tab.client.signIn(credentials)
  return tab
}

/** The statuses of all answers from this path, in order. */
export const statusesOf = ({ server }: World, path: string): number[] =>
  seen(server.requests, path).map(({ status }) => status)

/** What the proofs said that came to this path, in order. */
export const proofsAt = ({ server }: World, path: string): JWTPayload[] =>
  seen(server.requests, path).map(({ headers }) => decodeJwt(String(headers['dpop'])))

const seen = (requests: readonly Seen[], path: string): Seen[] => requests.filter((each) => each.path === path)
