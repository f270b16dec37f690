// How most tests of the client begin: somebody is signed in. And what they all look at: how a call failed, and how long
// a token has left by the server's clock, which is the one that counts.

import { isClientError, type ClientErrorCode } from 'latchkey/client'
import { credentials } from './server.ts'
import type { Tab, TabOptions } from './tab.ts'
import type { World } from './world.ts'

/** A tab of the world's browser whose user has signed in. */
export async function signedIn({ browser }: World, options: TabOptions = {}): Promise<Tab> {
  const tab = browser.openTab(options)
  await tab.client.signIn(credentials)
  return tab
}

/** The code with which a call fails; what it resolved with, or threw instead, where it did not. */
export async function failure(call: Promise<unknown>): Promise<ClientErrorCode | { readonly instead: unknown }> {
  try {
    return { instead: await call }
  } catch (error) {
    return isClientError(error) ? error.code : { instead: error }
  }
}

/** Seconds until the server takes this token no more. */
export function secondsLeft({ server }: World, token: string): number {
  const [, payload = ''] = token.split('.')
  const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number }
  return exp - server.clock.now() / 1000
}
