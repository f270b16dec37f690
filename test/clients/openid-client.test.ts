// openid-client, unmodified, as a web application or a phone would use it: from discovery to a bound session whose nonces
// it handles by itself. It allows http by its own documented option.

import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf } from '../helpers/requests.ts'
import { boundSignIn } from './bound-sign-in.ts'
import { audience, deploy, type Deployment, type KnownClient } from './deployment.ts'

let ours: Deployment
let web: KnownClient
beforeAll(async () => {
  ours = await deploy()
  web = await ours.addClient('web', '--sign-in', '--refresh', '--introspect')
})
afterAll(() => ours.remove())

/** The library's configuration, with nothing but the issuer, the client and its secret. */
const discovered = ({ id = 'first-party', secret }: Partial<KnownClient> = {}): Promise<client.Configuration> =>
  client.discovery(new URL(ours.url), id, secret, secret === undefined ? client.None() : undefined, {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  })

const errorOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof client.ResponseBodyError ? error.error : error),
  )

describe('openid-client', () => {
  it('discovers us, and says of us what we say (MD-1, MD-2, MD-4)', async () => {
    const metadata = (await discovered()).serverMetadata()
    expect(metadata.issuer).toBe(ours.url)
    expect(metadata.grant_types_supported).toEqual(['refresh_token'])
    expect(metadata.introspection_endpoint).toBe(`${ours.url}/introspect`)
  })

  it('renews a session of our own pages as a public client (RT-2)', async () => {
    const { refreshToken } = await ours.signIn()
    const tokens = await client.refreshTokenGrant(await discovered(), refreshToken)
    expect(tokens.expiresIn()).toBeGreaterThan(500)
    expect(tokens.refresh_token).not.toBe(refreshToken)
  })

  it('renews, introspects and revokes as a confidential client (RT-5, IN-3, RV-1)', async () => {
    const configuration = await discovered(web)
    const session = await ours.signIn(web)
    const tokens = await client.refreshTokenGrant(configuration, session.refreshToken)
    const { sub } = claimsOf(tokens.access_token)
    expect(await client.tokenIntrospection(configuration, tokens.access_token)).toMatchObject({
      active: true,
      sub,
      aud: audience,
      client_id: web.id,
    })
    await client.tokenRevocation(configuration, tokens.refresh_token ?? '')
    expect(await client.tokenIntrospection(configuration, tokens.access_token)).toEqual({ active: false })
    expect(await errorOf(client.refreshTokenGrant(configuration, tokens.refresh_token ?? ''))).toBe('invalid_grant')
  })

  it('may ask for scope that there is none of, and is refused without losing anything (RT-6)', async () => {
    const configuration = await discovered(web)
    const { refreshToken } = await ours.signIn(web)
    expect(await errorOf(client.refreshTokenGrant(configuration, refreshToken, { scope: 'admin' }))).toBe(
      'invalid_scope',
    )
    expect(await errorOf(client.refreshTokenGrant(configuration, refreshToken))).toBe('none')
  })

  it.each(['public', 'confidential'])(
    'renews a bound session of a %s client, nonces and all (DP-6, DP-8)',
    async (kind) => {
      const known = kind === 'public' ? {} : web
      const configuration = await discovered(known)
      const keys = await client.randomDPoPKeyPair('ES256')
      const DPoP = client.getDPoPHandle(configuration, keys)
      const { refreshToken } = await boundSignIn(ours, keys, kind === 'public' ? undefined : web)
      const first = await client.refreshTokenGrant(configuration, refreshToken, undefined, { DPoP })
      const second = await client.refreshTokenGrant(configuration, first.refresh_token ?? '', undefined, { DPoP })
      expect([first.token_type, second.token_type]).toEqual(['dpop', 'dpop'])
      const me = await client.fetchProtectedResource(
        configuration,
        second.access_token,
        new URL(`${ours.url}/me`),
        'GET',
        undefined,
        undefined,
        { DPoP },
      )
      expect(me.status).toBe(200)
    },
  )
})
