// Cookie mode, as a page of ours meets it: the refresh token is in a cookie that script cannot read, and nowhere else;
// what script needs, the access token, is in the answer. The mistakes it prevents: a token in a body, a cookie without
// one of its attributes, a cookie that a refusal takes away or that a sign-out leaves.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { proofFor } from '../helpers/engine.ts'
import { generationOf } from '../helpers/requests.ts'
import { credentials, day, startApp, withApp, type RunningApp } from './in-process.ts'
import { cookieMode, fromOwnPage, names, PageClient, send } from './page-client.ts'

let app: RunningApp
beforeAll(async () => {
  app = await startApp({ sessions: { transports: ['cookie', 'body', 'header'] } })
})
afterAll(() => app.close())

const page = (): PageClient => new PageClient(app.url)
const text = expect.any(String) as string
const attributesOf = (line = ''): string[] => line.split('; ').slice(1)
const byName = (set: readonly string[], name: string): string | undefined =>
  set.find((line) => line.startsWith(`${name}=`))

describe('cookie mode', () => {
  test('gives the refresh token in a cookie alone, and the access token in the answer (I9, NI-9)', async () => {
    const client = page()
    const { status, body, set, headers } = await client.signIn(credentials)
    const user = { id: 'id-of-ada', name: 'ada' }
    expect([status, body]).toEqual([200, { accessToken: text, tokenType: 'Bearer', expiresIn: 600, user }])
    expect(JSON.stringify([body, { ...headers, 'set-cookie': null }])).not.toContain('lkr1_')
    expect(client.refreshToken).toMatch(/^lkr1_[\w-]{72}$/)
    expect(set).toHaveLength(2)
  })

  test('sets __Host-Http- cookies with Path=/, Secure, HttpOnly, SameSite=Strict and no Domain (BB-2, BB-3, SE-12, CK-1, CK-2)', async () => {
    const { set } = await page().signIn(credentials)
    const age = `Max-Age=${14 * 86_400}`
    expect(attributesOf(byName(set, names.refresh))).toEqual([age, 'Path=/', 'SameSite=Strict', 'Secure', 'HttpOnly'])
    expect(attributesOf(byName(set, names.sessionId))).toEqual([age, 'Path=/', 'SameSite=Strict', 'Secure'])
    expect(set.join()).not.toMatch(/domain/i)
  })

  test('the hint that script can read is the public session id and nothing else (CK-6, PR-7)', async () => {
    const client = page()
    const { body } = await client.signIn(credentials)
    const hint = client.jar.get(names.sessionId)
    expect(hint).toMatch(/^[\w-]{22}$/)
    const { accessToken } = body as { accessToken: string }
    expect((await app.latchkey.verify(accessToken)).sessionId).toBe(hint)
  })

  test('renews with no body at all, or an empty one, and hands the next token out in the cookie (BB-3)', async () => {
    const client = page()
    await client.signIn(credentials)
    for (const [body, generation] of [
      [undefined, 2],
      [{}, 3],
    ] as const) {
      const answer = await client.ask('POST /token', { body })
      expect([answer.status, answer.body]).toEqual([200, { accessToken: text, tokenType: 'Bearer', expiresIn: 600 }])
      expect(generationOf(client.refreshToken)).toBe(generation)
    }
  })

  test('proves a keyed session over nothing, since script cannot see the token (I9)', async () => {
    const client = page()
    const { body, headers } = await client.signIn(credentials, { 'Latchkey-Proof': 'v1' })
    const { sessionKey } = body as { sessionKey: string }
    const proof = proofFor(sessionKey, String(headers['latchkey-nonce']), '')
    expect((await client.ask('POST /token', { more: { 'Latchkey-Proof': proof } })).status).toBe(200)
    expect((await client.ask('POST /token')).status).toBe(403)
  })

  test('answers 401 where there is no cookie, and 403 to a forged one, an access token, or a quoted one (attack 8, attack 24)', async () => {
    const client = page()
    expect((await client.ask('POST /token')).status).toBe(401)
    const { body } = await client.signIn(credentials)
    const { refreshToken } = client
    const { accessToken } = body as { accessToken: string }
    for (const value of [
      `lkr1_${'A'.repeat(72)}`,
      accessToken,
      `"${refreshToken}"`,
      encodeURIComponent(`${refreshToken}=`),
    ]) {
      client.jar.set(names.refresh, value)
      const answer = await client.ask('POST /token')
      expect([answer.status, answer.text, answer.set]).toEqual([403, '{"error":"Forbidden"}', []])
    }
    client.jar.set(names.refresh, refreshToken)
    expect((await client.ask('POST /token')).status).toBe(200)
  })

  test('a token of cookie mode is worth nothing in a body or a header, and theirs nothing in the cookie (I9)', async () => {
    const client = page()
    await client.signIn(credentials)
    const { refreshToken } = client
    expect((await send(app.url, 'POST /token', {}, { refreshToken })).status).toBe(403)
    expect((await send(app.url, 'POST /token', { 'Refresh-Token': refreshToken })).status).toBe(403)
    const inBody = await send(app.url, 'POST /login', {}, credentials)
    client.jar.set(names.refresh, (inBody.body as { refreshToken: string }).refreshToken)
    expect((await client.ask('POST /token')).status).toBe(403)
  })

  test('answers 400 to a cookie beside a body or a header, equal or not, and nothing has moved (attack 25)', async () => {
    const client = page()
    await client.signIn(credentials)
    const { refreshToken } = client
    for (const token of [refreshToken, 'x']) {
      expect((await client.ask('POST /token', { body: { refreshToken: token } })).status).toBe(400)
      expect((await client.ask('POST /token', { more: { 'Refresh-Token': token } })).status).toBe(400)
    }
    await client.ask('POST /token')
    expect(generationOf(client.refreshToken)).toBe(2)
  })

  test('refuses two cookies of one name of ours, equal or not, in one header or in two (CK-9, attack 24)', async () => {
    const client = page()
    await client.signIn(credentials)
    const mine = `${names.refresh}=${client.refreshToken}`
    const pairs: readonly string[][] = [
      [mine, mine],
      [`${names.refresh}=x`, mine],
      [mine, `${names.refresh}=`],
      [mine, `${names.sessionId}=x`, `${names.sessionId}=y`],
    ]
    for (const each of pairs) {
      for (const Cookie of [each.join('; '), each.join(';'), each]) {
        const answer = await send(app.url, 'POST /token', { ...fromOwnPage, ...cookieMode, Cookie })
        expect([answer.status, answer.text, answer.set]).toEqual([400, '{"error":"Bad Request"}', []])
      }
    }
    const again = await send(
      app.url,
      'POST /login',
      { ...fromOwnPage, ...cookieMode, Cookie: [mine, mine] },
      credentials,
    )
    expect(again.status).toBe(400)
    await client.ask('POST /token')
    expect(generationOf(client.refreshToken)).toBe(2)
  })

  test('takes no cookie for ours whose name only looks like it (CK-1, CK-10, attack 24)', async () => {
    const client = page()
    await client.signIn(credentials)
    const { refreshToken } = client
    const lookalikes = [
      '__host-http-latchkey',
      '__HOST-HTTP-LATCHKEY',
      '__Host-latchkey',
      'latchkey',
      `=${names.refresh}`,
    ]
    for (const name of lookalikes) {
      const Cookie = `${name}=${refreshToken}`
      expect((await send(app.url, 'POST /token', { ...fromOwnPage, ...cookieMode, Cookie })).status).toBe(401)
    }
  })

  test('goes on among a thousand cookies of others', async () => {
    const client = page()
    await client.signIn(credentials)
    const others = Array.from({ length: 1000 }, (_, index) => `c${index}=1`).join('; ')
    const Cookie = `${others}; ${names.refresh}=${client.refreshToken}; ${others}`
    expect((await send(app.url, 'POST /token', { ...fromOwnPage, ...cookieMode, Cookie })).status).toBe(200)
  })

  test('reads and sets no cookie where the application has not allowed it', async () => {
    const client = page()
    await client.signIn(credentials)
    await withApp({}, async (other) => {
      const headers = { ...fromOwnPage, ...cookieMode, ...client.cookies }
      expect((await send(other.url, 'POST /login', headers, credentials)).status).toBe(400)
      const answers = [await send(other.url, 'POST /token', headers), await send(other.url, 'POST /logout', headers)]
      expect(answers.map(({ status, set }) => [status, set])).toEqual([
        [401, []],
        [204, []],
      ])
    })
  })

  test('the cookie ends when the session does, near its end (BB-7, NI-9)', async () => {
    await withApp({ sessions: { transports: ['cookie'] } }, async (other) => {
      const client = new PageClient(other.url)
      await client.signIn(credentials)
      for (let week = 0; week < 4; week += 1) {
        other.advance(7 * day)
        const { set } = await client.ask('POST /token')
        // Idle after 14 days, and in all 30 days after the sign-in.
        const left = Math.min(14, 30 - 7 * (week + 1)) * 86_400
        expect(attributesOf(byName(set, names.refresh))).toContain(`Max-Age=${left}`)
      }
      other.advance(2 * day)
      expect((await client.ask('POST /token')).status).toBe(403)
    })
  })

  test('asks for no more than 400 days, which is all that a browser gives (CK-4)', async () => {
    const latchkey = { idleSeconds: 400 * 86_400, absoluteSeconds: 400 * 86_400 }
    await withApp({ latchkey, sessions: { transports: ['cookie'] } }, async (other) => {
      const { set } = await new PageClient(other.url).signIn(credentials)
      expect(attributesOf(byName(set, names.refresh))).toContain(`Max-Age=${400 * 86_400}`)
    })
  })
})
