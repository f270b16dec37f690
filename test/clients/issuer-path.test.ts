// An issuer that lives under a path of somebody's host, with more than one audience. Its metadata then stands at the root
// of the host, which only a client that builds the address itself can prove (RFC 8414 s3.1).

import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, claimsOf, signed } from '../helpers/requests.ts'
import { credentials, showMe } from '../http/in-process.ts'
import { startApplication, type Application } from './application.ts'
import { audience } from './deployment.ts'
import { resourceServers } from './resource-servers.ts'

const path = '/tenants/blue'
const other = 'https://files.example'

let ours: Application
let configuration: client.Configuration
beforeAll(async () => {
  ours = await startApplication(
    {
      latchkey: { audience: [audience, other] },
      mount: (app, sessions) => {
        app.use(sessions.wellKnown)
        app.use(path, sessions.router)
        app.get(`${path}/me`, sessions.requireAuth(), showMe)
      },
    },
    path,
  )
  configuration = await client.discovery(new URL(ours.url), 'first-party', undefined, client.None(), {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  })
})
afterAll(() => ours.close())

const signIn = async (): Promise<ReturnType<typeof signed>> =>
  signed(await ask(ours.url, 'POST /login', { body: credentials }))

describe('an issuer with a path', () => {
  it('is found by openid-client, with all its addresses under the path (MD-1, MD-2)', () => {
    const {
      issuer,
      token_endpoint: token,
      jwks_uri: keys,
      revocation_endpoint: revocation,
    } = configuration.serverMetadata()
    expect(issuer).toBe(ours.url)
    for (const address of [token, keys, revocation]) expect(address).toMatch(`${ours.url}/`)
  })

  it('renews and revokes (RT-2, RV-1)', async () => {
    const { refreshToken } = await signIn()
    const tokens = await client.refreshTokenGrant(configuration, refreshToken)
    expect(claimsOf(tokens.access_token)).toMatchObject({ iss: ours.url, aud: [audience, other] })
    await client.tokenRevocation(configuration, tokens.refresh_token ?? '')
    await expect(client.refreshTokenGrant(configuration, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  it.each(Object.keys(resourceServers))(
    'is understood by %s, for each of its audiences and no other (AT-3, AT-5)',
    async (name) => {
      const { accessToken } = await signIn()
      const verdicts = [audience, other, 'https://third.example'].map(async (meant) => {
        const server = await resourceServers[name]!({ issuer: ours.url, audience: meant, alg: 'ES256' })
        try {
          return await server.verify(accessToken)
        } finally {
          await server.close()
        }
      })
      expect(await Promise.all(verdicts)).toEqual(['id-of-ada', 'id-of-ada', null])
    },
  )
})
