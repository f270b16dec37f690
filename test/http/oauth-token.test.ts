// The refresh grant as an OAuth client sees it (RFC 6749 s6): what comes, what goes, who may, and that a refusal tells
// nothing but that it is one.

import { expect, test } from 'vitest'
import { ask, claimsOf, renew } from '../helpers/requests.ts'
import { day, withApp } from './in-process.ts'
import { basic, errorOf, form, grant, granted, secret, signInBy, withClients } from './oauth-world.ts'

test('renews a session of the built-in client with nothing but its token (TE-3, TE-4)', async () => {
  await withApp(withClients, async ({ url }) => {
    const { refreshToken } = await signInBy(url)
    const answer = await grant(url, refreshToken, { client_id: '', unknown: 'x', scope: '' })
    const tokens = granted(answer)
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 600,
      refresh_token: expect.stringMatching(/^lkr1_/),
      scope: 'read write admin',
    })
    expect(tokens.refresh_token).not.toBe(refreshToken)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.headers.get('Pragma')).toBe('no-cache')
    expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8')
    expect((await ask(url, 'GET /me', { bearer: tokens.access_token })).status).toBe(200)
    expect(granted(await grant(url, tokens.refresh_token, { client_id: 'first-party' })).token_type).toBe('Bearer')
  })
})

test.each([
  ['Basic', 'shop', {}, basic('shop')],
  ['Basic, and its name in the body', 'shop', { client_id: 'shop' }, basic('shop')],
  ['its secret in the body', 'shop', { client_id: 'shop', client_secret: secret }, {}],
  ['its name alone, for it has no secret', 'phone', { client_id: 'phone' }, {}],
  ['Basic without a secret, for it has none', 'phone', {}, basic('phone', '')],
  ['Basic, with a name that has to be encoded', 'https://odd.example/a+b:%', {}, basic('https://odd.example/a+b:%')],
] as const)('renews a session of a client that sends %s (RT-5)', async (_how, client, body, headers) => {
  await withApp(withClients, async ({ url }) => {
    const { refreshToken } = await signInBy(url, client)
    const { access_token, scope } = granted(await grant(url, refreshToken, body, headers))
    expect(claimsOf(access_token)).toMatchObject({ client_id: client, scope: 'read write' })
    expect(scope).toBe('read write')
  })
})

test('refuses a refresh token of another client and rotates nothing (RT-5)', async () => {
  await withApp(withClients, async ({ url }) => {
    const { refreshToken } = await signInBy(url, 'shop')
    const attempts = [
      await grant(url, refreshToken, {}, basic('other')),
      await grant(url, refreshToken, { client_id: 'phone' }),
      await grant(url, refreshToken),
    ]
    expect(attempts.map((answer) => [answer.status, errorOf(answer)])).toEqual(
      attempts.map(() => [400, 'invalid_grant']),
    )
    // The plain dialect is the built-in client's.
    expect((await renew(url, refreshToken)).status).toBe(403)
    const mine = granted(await grant(url, refreshToken, {}, basic('shop')))
    // Had anything moved, this would not be the first successor.
    expect(granted(await grant(url, refreshToken, {}, basic('shop'))).refresh_token).toBe(mine.refresh_token)
  })
})

test.each([
  ['an unknown client', { client_id: 'nobody' }, {}],
  ['an unknown client with a secret', {}, basic('nobody')],
  ['a wrong secret', {}, basic('shop', 'wrong')],
  ['a wrong secret in the body', { client_id: 'shop', client_secret: 'wrong' }, {}],
  ['no secret', { client_id: 'shop' }, {}],
  ['an empty secret', {}, basic('shop', '')],
  ['the hash for the secret', {}, basic('shop', 'sha256:AAAA')],
  ['a secret for a public client', { client_id: 'phone', client_secret: secret }, {}],
  ['a secret for the built-in client', { client_id: 'first-party', client_secret: secret }, {}],
  ['Bearer', {}, { Authorization: 'Bearer x' }],
  ['Basic that is no base64', {}, { Authorization: 'Basic *' }],
  ['Basic that is spelt in another way', {}, { Authorization: `Basic ${btoa(`sh%6fp:${secret}`).replace(/=+$/, '')}` }],
  ['Basic without a colon', {}, { Authorization: `Basic ${Buffer.from('shop').toString('base64')}` }],
  ['Basic that is no form', {}, { Authorization: `Basic ${Buffer.from('shop:%zz').toString('base64')}` }],
  ['Basic without a name', {}, { Authorization: `Basic ${Buffer.from(`:${secret}`).toString('base64')}` }],
  ['the name of a prototype', { client_id: '__proto__' }, {}],
  ['a name too long', { client_id: 'x'.repeat(129) }, {}],
] as const)('refuses %s as invalid_client, with a challenge (TE-5, RT-5, attack 39)', async (_name, body, headers) => {
  await withApp(withClients, async ({ url }) => {
    const { refreshToken } = await signInBy(url, 'shop')
    const answer = await grant(url, refreshToken, body, headers)
    expect([answer.status, errorOf(answer)]).toEqual([401, 'invalid_client'])
    expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Basic realm="[^"]+"/)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(granted(await grant(url, refreshToken, {}, basic('shop'))).scope).toBe('read write')
  })
})

test.each([
  ['a secret in both places', { client_id: 'shop', client_secret: secret }, basic('shop')],
  ['two names', { client_id: 'other' }, basic('shop')],
  ['a secret without a name', { client_secret: secret }, {}],
] as const)('refuses %s as invalid_request (TE-5)', async (_name, body, headers) => {
  await withApp(withClients, async ({ url }) => {
    const answer = await grant(url, 'x', body, headers)
    expect([answer.status, errorOf(answer)]).toEqual([400, 'invalid_request'])
  })
})

test('answers every refresh token that is refused with the same body, whatever was wrong (TE-6, attack 40)', async () => {
  await withApp(withClients, async ({ url, advance }) => {
    const keyed = await signInBy(url, undefined, { 'Latchkey-Proof': 'v1' })
    const foreign = await signInBy(url, 'phone')
    const [ended, reused, expired] = [await signInBy(url), await signInBy(url), await signInBy(url)]
    await form(url, '/revoke', { token: ended.refreshToken })
    await grant(url, reused.refreshToken)
    advance(11_000)
    const cookie = await ask(url, 'POST /login', {
      body: { username: 'ada', password: 'the right one' },
      headers: { 'Latchkey-Transport': 'header' },
    })
    const refused = [
      await grant(url, 'made up'),
      await grant(url, `${foreign.refreshToken.slice(0, -1)}A`),
      await grant(url, foreign.refreshToken),
      await grant(url, keyed.refreshToken),
      await grant(url, keyed.refreshToken, {}, { 'Latchkey-Proof': 'v1' }),
      await grant(url, ended.refreshToken),
      await grant(url, reused.refreshToken),
      await grant(url, cookie.headers.get('Refresh-Token') ?? ''),
    ]
    advance(14 * day)
    refused.push(await grant(url, expired.refreshToken))
    const [first] = refused
    expect([first?.status, errorOf(first!)]).toEqual([400, 'invalid_grant'])
    const shown = refused.map(({ status, text, headers }) => {
      const named = [...headers].filter(([name]) => name !== 'date')
      return [status, text, named]
    })
    expect(shown).toEqual(shown.map(() => shown[0]))
  })
})

test('refuses every grant but that of refresh tokens: no password, no implicit, no code (TE-7, TE-8, TE-5)', async () => {
  await withApp(withClients, async ({ url }) => {
    for (const type of ['password', 'authorization_code', 'client_credentials', 'implicit', 'urn:x', 'Refresh_Token']) {
      const answer = await form(url, '/token', {
        grant_type: type,
        username: 'ada',
        password: 'the right one',
        code: 'x',
      })
      expect([type, answer.status, errorOf(answer)]).toEqual([type, 400, 'unsupported_grant_type'])
    }
    expect((await ask(url, 'GET /authorize')).status).toBe(404)
  })
})

test('gives a client without refresh tokens an access token alone, and no renewal (RT-11)', async () => {
  await withApp(withClients, async ({ url, latchkey }) => {
    const answer = await signInBy(url, 'once')
    expect(answer).not.toHaveProperty('refreshToken')
    expect(claimsOf(answer.accessToken)).toMatchObject({ client_id: 'once', scope: 'read write' })
    expect((await ask(url, 'GET /me', { bearer: answer.accessToken })).status).toBe(200)
    // A token that it could only have from somewhere else.
    const { refreshToken } = await latchkey.signIn({
      subject: 'ada',
      client: 'once',
      proof: 'plain',
      transport: 'body',
    })
    const refused = await grant(url, refreshToken, { client_id: 'once' })
    expect([refused.status, errorOf(refused)]).toEqual([400, 'unauthorized_client'])
  })
})

test('narrows the access token to the scope that is asked for, and keeps the session’s own (RT-6)', async () => {
  await withApp(withClients, async ({ url }) => {
    const { refreshToken } = await signInBy(url, 'phone')
    const who = { client_id: 'phone' }
    const narrow = granted(await grant(url, refreshToken, { ...who, scope: 'read read' }))
    expect([narrow.scope, claimsOf(narrow.access_token)['scope']]).toEqual(['read', 'read'])
    const whole = granted(await grant(url, narrow.refresh_token, who))
    expect([whole.scope, claimsOf(whole.access_token)['scope']]).toEqual(['read write', 'read write'])
    for (const scope of ['admin', 'read admin', ' read', 'read  write', 'READ', '"']) {
      const wide = await grant(url, whole.refresh_token, { ...who, scope })
      expect([scope, wide.status, errorOf(wide)]).toEqual([scope, 400, 'invalid_scope'])
    }
    // What was refused has moved nothing: far beyond the leeway the token is still the newest.
    expect(granted(await grant(url, whole.refresh_token, who)).scope).toBe('read write')
  })
})

test('renews from a form under POST /refresh too, and tells the plain dialect from this one by its type alone', async () => {
  await withApp(withClients, async ({ url }) => {
    const { refreshToken } = await signInBy(url)
    const body = { grant_type: 'refresh_token', refresh_token: refreshToken }
    expect(granted(await form(url, '/refresh', body)).token_type).toBe('Bearer')
    const json = await ask(url, 'POST /token', { body })
    expect([json.status, json.text]).toEqual([401, '{"error":"Unauthorized"}'])
  })
})
