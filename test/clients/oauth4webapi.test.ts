// oauth4webapi, the strictest OAuth client there is, unmodified, from discovery to introspection. The mistake it prevents:
// a dialect that only looks like OAuth. It allows http by its own documented option.

import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, claimsOf } from '../helpers/requests.ts'
import { boundSignIn } from './bound-sign-in.ts'
import { audience, deploy, type Deployment, type KnownClient } from './deployment.ts'

const insecure = { [oauth.allowInsecureRequests]: true }

let ours: Deployment
let web: KnownClient
let as: oauth.AuthorizationServer
beforeAll(async () => {
  ours = await deploy()
  web = await ours.addClient('web', '--sign-in', '--refresh', '--introspect')
  await ours.run('clients', 'add', 'phone', '--public', '--sign-in', '--refresh')
  const url = new URL(ours.url)
  const found = await oauth.discoveryRequest(url, { ...insecure, algorithm: 'oauth2' })
  as = await oauth.processDiscoveryResponse(url, found)
})
afterAll(() => ours.remove())

const clientOf = ({ id }: Partial<KnownClient>): oauth.Client => ({ client_id: id ?? 'first-party' })

async function renewed(
  refreshToken: string,
  client: Partial<KnownClient> = {},
  authentication: oauth.ClientAuth = oauth.None(),
  options: oauth.TokenEndpointRequestOptions = {},
): Promise<oauth.TokenEndpointResponse> {
  const known = clientOf(client)
  const answer = await oauth.refreshTokenGrantRequest(as, known, authentication, refreshToken, {
    ...insecure,
    ...options,
  })
  return oauth.processRefreshTokenResponse(as, known, answer)
}

/** What the server's error is called, where the library read one. */
const errorOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (error: unknown) => {
      if (error instanceof oauth.ResponseBodyError) return `${error.status} ${error.error}`
      if (error instanceof oauth.WWWAuthenticateChallengeError) return `${error.status} ${error.cause[0]?.scheme}`
      throw error
    },
  )

async function introspected(token: string): Promise<oauth.IntrospectionResponse> {
  const client = clientOf(web)
  const answer = await oauth.introspectionRequest(as, client, oauth.ClientSecretBasic(web.secret), token, insecure)
  return oauth.processIntrospectionResponse(as, client, answer)
}

async function revoke(token: string, client: Partial<KnownClient> = {}, by = oauth.None()): Promise<void> {
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, clientOf(client), by, token, insecure))
}

describe('oauth4webapi', () => {
  it('finds everything out from the issuer alone (MD-1, MD-2, MD-4)', () => {
    expect(as.issuer).toBe(ours.url)
    for (const name of ['token_endpoint', 'jwks_uri', 'revocation_endpoint', 'introspection_endpoint'] as const) {
      expect(as[name]).toMatch(`${ours.url}/`)
    }
    expect(as.dpop_signing_alg_values_supported).toContain('ES256')
  })

  it('renews sessions of our own pages, which belong to a public client (RT-2, TE-4)', async () => {
    const session = await ours.signIn()
    const first = await renewed(session.refreshToken)
    expect(first).toMatchObject({ token_type: 'bearer', expires_in: 600 })
    const second = await renewed(first.refresh_token ?? '')
    expect(new Set([session.refreshToken, first.refresh_token, second.refresh_token]).size).toBe(3)
    expect(claimsOf(second.access_token)['client_id']).toBe('first-party')
  })

  it('renews sessions of a registered public client (RT-5)', async () => {
    const phone = { id: 'phone' }
    const { refreshToken } = await ours.signIn(phone)
    expect(await errorOf(renewed(refreshToken))).toBe('400 invalid_grant')
    expect(claimsOf((await renewed(refreshToken, phone)).access_token)['client_id']).toBe('phone')
  })

  it.each([
    ['HTTP Basic', oauth.ClientSecretBasic],
    ['the form', oauth.ClientSecretPost],
  ])('renews sessions of a confidential client that proves itself by %s (RT-5)', async (_, by) => {
    const { refreshToken } = await ours.signIn(web)
    const { access_token: token } = await renewed(refreshToken, web, by(web.secret))
    expect(claimsOf(token)['client_id']).toBe(web.id)
  })

  it('is refused with a wrong secret, and nothing has moved (TE-5, RT-5)', async () => {
    const { refreshToken } = await ours.signIn(web)
    const wrong = (by: (secret: string) => oauth.ClientAuth): Promise<unknown> =>
      errorOf(renewed(refreshToken, web, by(`${web.secret.slice(1)}A`)))
    expect(await wrong(oauth.ClientSecretPost)).toBe('401 basic')
    expect(await wrong(oauth.ClientSecretBasic)).toBe('401 basic')
    expect(await errorOf(renewed(refreshToken, web, oauth.ClientSecretBasic(web.secret)))).toBe('none')
  })

  it('is told invalid_grant for a token that was used before, and the session is over (RT-3, TE-6)', async () => {
    const { refreshToken } = await ours.signIn()
    const first = await renewed(refreshToken)
    const second = await renewed(first.refresh_token ?? '')
    expect(await errorOf(renewed(refreshToken))).toBe('400 invalid_grant')
    expect(await errorOf(renewed(second.refresh_token ?? ''))).toBe('400 invalid_grant')
  })

  it('revokes refresh tokens, and does not mind tokens that nobody knows (RV-1, RV-2)', async () => {
    const { refreshToken, accessToken } = await ours.signIn(web)
    const secret = oauth.ClientSecretBasic(web.secret)
    expect(await introspected(accessToken)).toMatchObject({ active: true })
    await revoke(refreshToken, web, secret)
    await revoke(refreshToken, web, secret)
    await revoke('nothing that we ever made', web, secret)
    expect(await errorOf(renewed(refreshToken, web, secret))).toBe('400 invalid_grant')
    expect(await introspected(accessToken)).toEqual({ active: false })
  })

  it('cannot revoke what belongs to another client (RV-4)', async () => {
    const { refreshToken } = await ours.signIn(web)
    await revoke(refreshToken)
    expect(await errorOf(renewed(refreshToken, web, oauth.ClientSecretBasic(web.secret)))).toBe('none')
  })

  it('introspects access tokens, and refresh tokens as inactive (IN-2, IN-3, IN-6)', async () => {
    const { accessToken, refreshToken } = await ours.signIn()
    const { sub, client_id: client } = claimsOf(accessToken)
    const said = await introspected(accessToken)
    expect(said).toMatchObject({ active: true, sub, client_id: client, iss: ours.url, aud: audience })
    expect(await introspected(refreshToken)).toEqual({ active: false })
  })

  it('is not let introspect without a secret (IN-1)', async () => {
    const { accessToken } = await ours.signIn()
    const answer = await oauth.introspectionRequest(as, { client_id: 'phone' }, oauth.None(), accessToken, insecure)
    expect(await errorOf(oauth.processIntrospectionResponse(as, { client_id: 'phone' }, answer))).toMatch(/^40[013] /)
  })
})

describe('oauth4webapi with DPoP', () => {
  const bound = async (): Promise<{ keys: oauth.CryptoKeyPair; refreshToken: string }> => {
    const keys = await oauth.generateKeyPair('ES256')
    const { refreshToken, tokenType } = await boundSignIn(ours, keys)
    expect(tokenType).toBe('DPoP')
    return { keys, refreshToken }
  }

  /** As the library's own examples do it: once more where the server wants a nonce, which the handle has noted. */
  async function retrying<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error
      return work()
    }
  }

  it('renews a bound session, and asks again where a nonce is wanted (DP-6, DP-8, DP-9)', async () => {
    const { keys, refreshToken } = await bound()
    const DPoP = oauth.DPoP({}, keys)
    await expect(renewed(refreshToken, {}, oauth.None(), { DPoP })).rejects.toSatisfy(oauth.isDPoPNonceError)
    const tokens = await renewed(refreshToken, {}, oauth.None(), { DPoP })
    expect(tokens.token_type).toBe('dpop')
    expect(claimsOf(tokens.access_token)['cnf']).toEqual({ jkt: await DPoP.calculateThumbprint() })
  })

  it('cannot renew it with another key, or without one, and the owner goes on (DP-8, attack 19)', async () => {
    const { keys, refreshToken } = await bound()
    const thief = oauth.DPoP({}, await oauth.generateKeyPair('ES256'))
    const stolen = retrying(() => renewed(refreshToken, {}, oauth.None(), { DPoP: thief }))
    expect(await errorOf(stolen)).toBe('400 invalid_grant')
    expect(await errorOf(renewed(refreshToken))).toBe('400 invalid_grant')
    const DPoP = oauth.DPoP({}, keys)
    expect((await retrying(() => renewed(refreshToken, {}, oauth.None(), { DPoP }))).token_type).toBe('dpop')
  })

  it('calls our protected route with its proofs, and nobody calls it with the token alone (DP-10)', async () => {
    const { keys, refreshToken } = await bound()
    const DPoP = oauth.DPoP({}, keys)
    const { access_token: token } = await retrying(() => renewed(refreshToken, {}, oauth.None(), { DPoP }))
    const call = (): Promise<Response> =>
      oauth.protectedResourceRequest(token, 'GET', new URL(`${ours.url}/me`), undefined, undefined, {
        ...insecure,
        DPoP,
      })
    expect((await retrying(call)).status).toBe(200)
    expect((await ask(ours.url, 'GET /me', { bearer: token })).status).toBe(401)
  })

  it('proves its key to a resource server that uses the library too (DP-9, DP-10)', async () => {
    const { keys, refreshToken } = await bound()
    const DPoP = oauth.DPoP({}, keys)
    const { access_token: token } = await retrying(() => renewed(refreshToken, {}, oauth.None(), { DPoP }))
    const seen: Request[] = []
    const keep = async (
      url: string,
      { method, headers }: oauth.CustomFetchOptions<string, unknown>,
    ): Promise<Response> => {
      seen.push(new Request(url, { method, headers }))
      return new Response()
    }
    const options = { ...insecure, DPoP, [oauth.customFetch]: keep }
    await oauth.protectedResourceRequest(token, 'GET', new URL('http://api.example/me'), undefined, undefined, options)
    const [request] = seen
    const claims = await oauth.validateJwtAccessToken(as, request!, audience, { ...insecure, requireDPoP: true })
    expect(claims.cnf?.jkt).toBe(await DPoP.calculateThumbprint())
    const bare = new Request(request!.url, { headers: { authorization: `Bearer ${token}` } })
    await expect(oauth.validateJwtAccessToken(as, bare, audience, insecure)).rejects.toThrow(
      oauth.OperationProcessingError,
    )
  })

  it('introspects a bound token with its key, as a DPoP token (IN-5)', async () => {
    const { keys, refreshToken } = await bound()
    const DPoP = oauth.DPoP({}, keys)
    const { access_token: token } = await retrying(() => renewed(refreshToken, {}, oauth.None(), { DPoP }))
    const jkt = await DPoP.calculateThumbprint()
    expect(await introspected(token)).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt } })
  })
})
