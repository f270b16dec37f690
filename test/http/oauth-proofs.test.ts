// Sessions with a proof, in the OAuth dialect: bound by DPoP (RFC 9449) or by a session key. A refusal says what to mend
// where the client can mend it, and is the plain invalid_grant where somebody has only the token.

import { expect, test } from 'vitest'
import { DpopClient, DpopKey } from '../helpers/dpop.ts'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, claimsOf, type Answer } from '../helpers/requests.ts'
import { credentials, withApp, type RunningApp } from './in-process.ts'
import { basic, errorOf, form, grant, granted, signInBy, withClients } from './oauth-world.ts'

const place = ({ url }: RunningApp): { readonly url: string; readonly publicUrl: string } => ({
  url,
  publicUrl: 'https://app.example',
})

const formType = { 'Content-Type': 'application/x-www-form-urlencoded' }

/** The refresh grant of a bound client, sent once. */
const sent = (app: RunningApp, client: DpopClient, token = client.refreshToken, id = 'bound'): Promise<Answer> => {
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token, client_id: id }).toString()
  return client.send(place(app), 'POST /token', { body, headers: formType })
}

const signInBound = async (app: RunningApp): Promise<DpopClient> => {
  const client = new DpopClient()
  client.take(await client.ask(place(app), 'POST /login', { body: { ...credentials, client_id: 'bound' } }))
  return client
}

test('a client that must be bound gets no session without a proof, and no renewal (DP-11)', async () => {
  await withApp(withClients, async (app) => {
    const bare = await ask(app.url, 'POST /login', { body: { ...credentials, client_id: 'bound' } })
    expect([bare.status, bare.headers.get('WWW-Authenticate')]).toMatchObject([401, /^DPoP .*invalid_dpop_proof/])
    expect(await app.latchkey.list('id-of-ada')).toEqual([])
    const client = await signInBound(app)
    const refused = await grant(app.url, client.refreshToken, { client_id: 'bound' })
    expect([refused.status, errorOf(refused)]).toEqual([400, 'invalid_dpop_proof'])
    expect(refused.headers.has('WWW-Authenticate')).toBe(false)
  })
})

test('renews a bound session with the proof of its key, after 400 use_dpop_nonce and one DPoP-Nonce (DP-6, DP-8, DP-9)', async () => {
  await withApp(withClients, async (app) => {
    const client = await signInBound(app)
    client.nonces.token = undefined
    const first = await sent(app, client)
    expect([first.status, errorOf(first)]).toEqual([400, 'use_dpop_nonce'])
    expect(first.headers.get('DPoP-Nonce')).toMatch(/^[\w-]+$/)
    expect(first.headers.has('WWW-Authenticate')).toBe(false)
    const tokens = granted(await sent(app, client))
    expect(tokens.token_type).toBe('DPoP')
    expect(claimsOf(tokens.access_token)).toMatchObject({ cnf: { jkt: client.key.thumbprint } })
    expect((await client.ask(place(app), 'GET /me', { token: tokens.access_token })).status).toBe(200)
    const described = await form(app.url, '/introspect', { token: tokens.access_token }, basic('api'))
    // IN-5: the resource server must know by which key to check the proof.
    expect(described.body).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: client.key.thumbprint } })
  })
})

test('whoever has only the token of a bound session gets invalid_grant, and nothing is rotated (DP-8, TE-6, IN-5)', async () => {
  await withApp(withClients, async (app) => {
    const told: unknown[] = []
    app.latchkey.on('unproved', ({ sessionId }) => told.push(sessionId))
    const client = await DpopClient.signIn(place(app), credentials)
    const thief = new DpopClient(new DpopKey())
    await thief.ask(place(app), 'POST /login', { body: { ...credentials, password: 'wrong' } })
    const answers = [
      await grant(app.url, client.refreshToken),
      await sent(app, thief, client.refreshToken, 'first-party'),
      await sent(app, thief, client.refreshToken, 'first-party'),
    ]
    const tries = answers.filter((answer) => errorOf(answer) !== 'use_dpop_nonce')
    expect(tries.length).toBeGreaterThan(1)
    expect(tries.map((answer) => [answer.status, errorOf(answer)])).toEqual(tries.map(() => [400, 'invalid_grant']))
    expect(told).toHaveLength(tries.length)
    expect((await client.renew(place(app))).status).toBe(200)
  })
})

test('refuses a proof that is none, or that was used before, as invalid_dpop_proof (DP-2, DP-5, attack 19)', async () => {
  await withApp(withClients, async (app) => {
    const client = await signInBound(app)
    const body = { client_id: 'bound' }
    const broken = await grant(app.url, client.refreshToken, body, { DPoP: 'x.y.z' })
    expect([broken.status, errorOf(broken)]).toEqual([400, 'invalid_dpop_proof'])
    const { token: nonce } = client.nonces
    const DPoP = client.key.proof({ method: 'POST', url: 'https://app.example/token', nonce })
    const tokens = granted(await grant(app.url, client.refreshToken, body, { DPoP }))
    const again = await grant(app.url, tokens.refresh_token, body, { DPoP })
    expect([again.status, errorOf(again)]).toEqual([400, 'invalid_dpop_proof'])
  })
})

test('renews a session with a session key by its proof, and asks for a newer nonce with 400 use_latchkey_nonce (RT-1)', async () => {
  await withApp(withClients, async ({ url, advance }) => {
    const client = await KeyedClient.signIn(url, credentials)
    const proof = (token = client.refreshToken): { readonly 'Latchkey-Proof': string } => ({
      'Latchkey-Proof': client.proof(token),
    })
    const answer = await grant(url, client.refreshToken, {}, proof())
    const { refresh_token: next } = granted(answer)
    expect(answer.headers.get('Latchkey-Nonce')).toMatch(/^[\w-]+$/)
    advance(21 * 60_000)
    const stale = await grant(url, next, {}, proof(next))
    expect([stale.status, errorOf(stale)]).toEqual([400, 'use_latchkey_nonce'])
    client.nonce = stale.headers.get('Latchkey-Nonce') ?? ''
    expect(granted(await grant(url, next, {}, proof(next))).token_type).toBe('Bearer')
    expect(errorOf(await grant(url, next))).toBe('invalid_grant')
  })
})

test('a registered client may have a keyed session too (RT-1)', async () => {
  await withApp(withClients, async ({ url }) => {
    const headers = { ...basic('shop'), 'Latchkey-Proof': 'v1' }
    const begun = await ask(url, 'POST /login', { body: { ...credentials, client_id: 'shop' }, headers })
    const client = new KeyedClient(begun.body as KeyedClient, begun.headers.get('Latchkey-Nonce') ?? '')
    const proof = { 'Latchkey-Proof': client.proof() }
    expect(errorOf(await grant(url, client.refreshToken, {}, basic('shop')))).toBe('invalid_grant')
    expect(granted(await grant(url, client.refreshToken, {}, { ...basic('shop'), ...proof })).scope).toBe('read write')
    expect((await signInBy(url, 'shop')).refreshToken).toMatch(/^lkr1_/)
  })
})
