// Bound sessions of other kinds: a browser's, whose refresh token is in a cookie, and a confidential client's, which proves
// itself as well. Each proof is asked for beside the other, never in its place.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Events } from 'latchkey'
import { DpopClient, DpopKey } from '../helpers/dpop.ts'
import { ask, claimsOf, generationOf, signed, type Answer } from '../helpers/requests.ts'
import { placeOf, publicUrl } from './dpop-world.ts'
import { credentials, startApp, type RunningApp } from './in-process.ts'
import { basic, errorOf, withClients, type Parameters } from './oauth-world.ts'
import { PageClient, type PageAnswer } from './page-client.ts'

let app: RunningApp
let unproved: Events['unproved'][] = []
beforeEach(async () => {
  const transports = ['cookie', 'body', 'header'] as const
  app = await startApp({ sessions: { ...withClients.sessions, transports } })
  unproved = []
  app.latchkey.on('unproved', (event) => unproved.push(event))
})
afterEach(() => app.close())

describe('a session of a browser, with its token in a cookie', () => {
  const key = new DpopKey()
  const nonces: { token: string | undefined } = { token: undefined }

  /** A request of a page with a proof by this key, once more where another nonce is asked for. */
  async function proved(page: PageClient, route: string, by: DpopKey, body?: unknown): Promise<PageAnswer> {
    const path = route.split(' ')[1]
    const send = (): Promise<PageAnswer> => {
      const about = { method: 'POST', url: publicUrl + path, nonce: nonces.token, at: app.latchkey.now() }
      return page.ask(route, { body, more: { DPoP: by.proof(about) } })
    }
    const first = await send()
    const nonce = first.headers['dpop-nonce']
    if (first.status !== 401 || typeof nonce !== 'string') return first
    nonces.token = nonce
    return send()
  }

  it('is bound to a key of its page, which a stolen cookie jar does not hold (DP-8, I9)', async () => {
    const page = new PageClient(app.url)
    const begun = await proved(page, 'POST /login', key, credentials)
    expect(begun.body).toMatchObject({ tokenType: 'DPoP' })
    expect((await page.ask('POST /token')).status).toBe(403)
    expect((await proved(page, 'POST /token', new DpopKey())).status).toBe(403)
    expect(unproved).toHaveLength(2)
    const renewed = await proved(page, 'POST /token', key)
    expect([renewed.status, generationOf(page.refreshToken)]).toEqual([200, 2])
  })
})

describe('a session of a confidential client', () => {
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' }

  const grant = (client: DpopClient, refreshToken: string, headers: Parameters): Promise<Answer> => {
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }).toString()
    return client.ask(placeOf(app), 'POST /token', { body, headers: { ...type, ...headers } })
  }

  async function begin(): Promise<DpopClient> {
    const client = new DpopClient()
    const body = { ...credentials, client_id: 'shop' }
    client.take(await client.ask(placeOf(app), 'POST /login', { body, headers: basic('shop') }))
    return client
  }

  it('is bound to the key as well as to the client: neither alone renews it (DP-8, RT-5)', async () => {
    const client = await begin()
    const noSecret = await grant(client, client.refreshToken, {})
    expect([noSecret.status, errorOf(noSecret)]).toEqual([400, 'invalid_grant'])
    const wrongSecret = await grant(client, client.refreshToken, basic('shop', 'x'.repeat(43)))
    expect([wrongSecret.status, errorOf(wrongSecret)]).toEqual([401, 'invalid_client'])
    const otherKey = await grant(new DpopClient(), client.refreshToken, basic('shop'))
    expect([otherKey.status, errorOf(otherKey)]).toEqual([400, 'invalid_grant'])
    expect(unproved).toHaveLength(1)
    const both = await grant(client, client.refreshToken, basic('shop'))
    const { access_token: accessToken } = both.body as { access_token: string }
    expect([both.status, claimsOf(accessToken)['cnf']]).toEqual([200, { jkt: client.key.thumbprint }])
  })

  it('needs no key where it has begun without one (DP-8)', async () => {
    const plain = new DpopClient()
    const { url } = app
    const body = { ...credentials, client_id: 'shop' }
    const begun = signed(await ask(url, 'POST /login', { body, headers: basic('shop') }))
    const renewed = await grant(plain, begun.refreshToken, basic('shop'))
    expect([renewed.status, renewed.body]).toEqual([200, expect.objectContaining({ token_type: 'Bearer' })])
  })
})
