// Tokens that are bound to a key (RFC 9449), at resource servers of other people. Whether a stolen one is of use there is
// up to their library: some look for the key that the token names, some have never heard of it. Both is written down.

import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { boundSignIn } from './bound-sign-in.ts'
import { audience, deploy, type Deployment } from './deployment.ts'
import { resourceServers, type ResourceServer } from './resource-servers.ts'

/** As docs/other-clients.md has them. */
const lookForTheKey = ['oauth4webapi', 'express-oauth2-jwt-bearer', 'express-oauth2-jwt-bearer by discovery']

const insecure = { [oauth.allowInsecureRequests]: true }

let ours: Deployment
let keys: oauth.CryptoKeyPair
let accessToken: string
beforeAll(async () => {
  ours = await deploy()
  keys = await oauth.generateKeyPair('ES256')
  accessToken = (await boundSignIn(ours, keys)).accessToken
})
afterAll(() => ours.remove())

async function withServer(name: string, use: (server: ResourceServer) => Promise<void>): Promise<void> {
  const server = await resourceServers[name]!({ issuer: ours.url, audience, alg: 'ES256' })
  try {
    await use(server)
  } finally {
    await server.close()
  }
}

describe('a bound token without its key', () => {
  it.each(lookForTheKey)('is refused by %s (DP-10)', (name) =>
    withServer(name, async ({ verify }) => expect(await verify(accessToken)).toBeNull()),
  )

  it.each(Object.keys(resourceServers).filter((name) => !lookForTheKey.includes(name)))(
    'is accepted by %s, which does not look: there it is a bearer token like any other',
    (name) => withServer(name, async ({ verify }) => expect(await verify(accessToken)).toBeTypeOf('string')),
  )
})

describe('a bound token with its key', () => {
  const call = async (url: string, pair: oauth.CryptoKeyPair): Promise<number> => {
    const options = { ...insecure, DPoP: oauth.DPoP({}, pair) }
    const asked = oauth.protectedResourceRequest(accessToken, 'GET', new URL(url), undefined, undefined, options)
    return asked.then(
      ({ status }) => status,
      (error: oauth.WWWAuthenticateChallengeError) => error.status,
    )
  }

  it('is accepted by express-oauth2-jwt-bearer from oauth4webapi, and refused with another key (DP-9, DP-10)', () =>
    withServer('express-oauth2-jwt-bearer', async ({ me }) => {
      expect(await call(me!, keys)).toBe(200)
      expect(await call(me!, await oauth.generateKeyPair('ES256'))).toBe(401)
    }))
})
