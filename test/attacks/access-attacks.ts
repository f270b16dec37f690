// The one way in which a list of bad access tokens is sent: each to a protected route, each refused alike, and the session
// whose token they were made of untouched by all of them.

import { expect } from 'vitest'
import { ask, renew, signed } from '../helpers/requests.ts'
import { expectInvalidAccess } from './refused.ts'
import type { Target } from './target.ts'
import { Forge } from './tokens.ts'

/** What was done to a token, and the token. */
export type Attacks = readonly (readonly [string, string])[]

/** Sends each as a bearer token; each must be refused, and the good one accepted before and after. */
export async function refusedAsAccess(target: Target, make: (forge: Forge) => Attacks): Promise<void> {
  const { accessToken, refreshToken } = await target.signIn()
  const attacks = make(new Forge(accessToken))
  expect((await ask(target.url, 'GET /me', { bearer: accessToken })).status).toBe(200)
  await target.unmoved(async () => {
    for (const [what, token] of attacks) {
      expectInvalidAccess(await target.send('GET /me', [`Authorization: Bearer ${token}`]), what)
    }
  })
  expect((await ask(target.url, 'GET /me', { bearer: accessToken })).status).toBe(200)
  signed(await renew(target.url, refreshToken))
}
