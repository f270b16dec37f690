// Our client in a page, as the scenarios want it: the few lines that an application would write, and nothing clever.

import { createClient, isClientError, type ClientOptions, type LatchkeyClient } from 'latchkey/client'
import { credentials, type PageApp } from '../page-app.ts'

declare global {
  interface Window {
    app: PageApp
    /** For tests of ours alone. */
    client: LatchkeyClient
  }
}

/** Puts the client on `window.app`, as every subject does, and as it is on `window.client`. */
export function start(options: ClientOptions): void {
  const client = createClient(options)
  const ended: string[] = []
  client.on('ended', ({ reason }) => ended.push(reason))
  window.client = client
  window.app = {
    signIn: async () => void (await client.signIn(credentials)),
    signOut: async () => void (await client.signOut()),
    call: async () => {
      try {
        return (await client.fetch('/me')).status
      } catch (error) {
        return isClientError(error) && ['SignedOut', 'RefreshRejected'].includes(error.code) ? 401 : 0
      }
    },
    isSignedIn: async () => (await client.restore()).status !== 'anonymous',
    ended,
    accessToken: () => client.getAccessToken().catch(() => ''),
  }
}
