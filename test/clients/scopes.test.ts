// Scopes through other people's libraries: a client narrows what it asks for, cannot widen it, and a route of
// express-oauth2-jwt-bearer goes by what the token says.

import express from 'express'
import * as client from 'openid-client'
import { createClientSecret } from 'latchkey/express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, claimsOf, signed, type Signed } from '../helpers/requests.ts'
import { startApplication, type Application } from './application.ts'
import { audience } from './deployment.ts'
import { listen, type Listening } from './listening.ts'
import { auth0 } from './resource-servers.ts'

const { secret, secretHash } = createClientSecret()

let ours: Application
let api: Listening
let configuration: client.Configuration
beforeAll(async () => {
  ours = await startApplication({
    // So that a token which was used up shows at once.
    latchkey: { leewaySeconds: 0 },
    sessions: {
      authenticate: () => ({ id: 'ada', scope: 'read write admin' }),
      clients: [{ id: 'web', secretHash, scopes: ['read', 'write'], signIn: true, refresh: true }],
    },
  })
  api = await listen(apiOf(ours.url))
  configuration = await client.discovery(new URL(ours.url), 'web', secret, undefined, {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  })
})
afterAll(async () => {
  await Promise.all([ours.close(), api.close()])
})

function apiOf(issuer: string): express.Express {
  const app = express()
  app.use(
    auth0.auth({
      issuer,
      jwksUri: `${issuer}/.well-known/jwks.json`,
      audience,
      tokenSigningAlg: 'ES256',
      strict: true,
    }),
  )
  app.post('/notes', auth0.requiredScopes('write'), (_req, res) => void res.sendStatus(201))
  return app
}

const signIn = async (): Promise<Signed> =>
  signed(
    await ask(ours.url, 'POST /login', {
      body: { username: 'ada', password: 'any', client_id: 'web', client_secret: secret },
    }),
  )

const write = async (token: string): Promise<number> =>
  (await fetch(`${api.url}/notes`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })).status

const errorOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof client.ResponseBodyError ? error.error : error),
  )

describe('scopes', () => {
  it('are those that both the user and the client may have, and open the routes that want them (RT-6)', async () => {
    const { accessToken, refreshToken } = await signIn()
    expect(claimsOf(accessToken)['scope']).toBe('read write')
    expect(await write(accessToken)).toBe(201)
    expect(claimsOf((await client.refreshTokenGrant(configuration, refreshToken)).access_token)['scope']).toBe(
      'read write',
    )
  })

  it('are narrowed for one access token, and are whole again for the next (RT-6)', async () => {
    const { refreshToken } = await signIn()
    const narrow = await client.refreshTokenGrant(configuration, refreshToken, { scope: 'read' })
    expect([narrow.scope, claimsOf(narrow.access_token)['scope']]).toEqual(['read', 'read'])
    expect(await write(narrow.access_token)).toBe(403)
    const whole = await client.refreshTokenGrant(configuration, narrow.refresh_token ?? '')
    expect(await write(whole.access_token)).toBe(201)
  })

  it('cannot be widened, and the token is not used up by the attempt (RT-6)', async () => {
    const { refreshToken } = await signIn()
    expect(await errorOf(client.refreshTokenGrant(configuration, refreshToken, { scope: 'read admin' }))).toBe(
      'invalid_scope',
    )
    expect(await errorOf(client.refreshTokenGrant(configuration, refreshToken))).toBe('none')
  })
})
