// The settings of the ready server for browsers and proxies, as an operator sets them. The mistakes it prevents: a setting
// that is read and not used, cookies that no browser would keep, a client that says itself where it comes from.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../packages/latchkey-server/src/config.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { names, PageClient, send, type Headers } from './page-client.ts'

const issuer = 'https://app.example'
const friend = 'https://shop.example'

const faultsOf = (env: Readonly<Record<string, string>>): string => {
  try {
    readConfig(env)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('the server’s settings for browsers', () => {
  test.each([
    [{ LATCHKEY_TRANSPORTS: 'smoke' }, /^LATCHKEY_TRANSPORTS/],
    [{ LATCHKEY_TRANSPORTS: ',' }, /^LATCHKEY_TRANSPORTS: must name/],
    [{ LATCHKEY_TRANSPORTS: 'cookie' }, /needs an LATCHKEY_ISSUER that begins with https/],
    [
      { LATCHKEY_TRANSPORTS: 'cookie', LATCHKEY_ISSUER: issuer, LATCHKEY_INSECURE_COOKIES: 'on' },
      /^LATCHKEY_INSECURE_COOKIES/,
    ],
    [
      { LATCHKEY_TRANSPORTS: 'cookie', LATCHKEY_ISSUER: 'http://app.example', LATCHKEY_INSECURE_COOKIES: 'on' },
      /this machine/,
    ],
    [{ LATCHKEY_INSECURE_COOKIES: 'on' }, /only with `cookie`/],
    [{ LATCHKEY_INSECURE_COOKIES: 'true' }, /^LATCHKEY_INSECURE_COOKIES/],
    [{ LATCHKEY_SAME_SITE: 'lax' }, /only with `cookie`/],
    [{ LATCHKEY_ORIGINS: '*' }, /^LATCHKEY_ORIGINS/],
    [{ LATCHKEY_ORIGINS: 'https://shop.example/,https://x.example' }, /^LATCHKEY_ORIGINS/],
    [{ LATCHKEY_TRUST_PROXY: 'true' }, /^LATCHKEY_TRUST_PROXY/],
    [{ LATCHKEY_TRUST_PROXY: '0' }, /^LATCHKEY_TRUST_PROXY/],
    [{ LATCHKEY_TRUST_PROXY: '11' }, /^LATCHKEY_TRUST_PROXY/],
    [{ LATCHKEY_TRUST_PROXY: '0.0.0.0/0' }, /^LATCHKEY_TRUST_PROXY/],
    [{ LATCHKEY_TRUST_PROXY: '::/0' }, /^LATCHKEY_TRUST_PROXY/],
    [{ LATCHKEY_TRUST_PROXY: '10.0.0.0/33' }, /^LATCHKEY_TRUST_PROXY/],
    [{ LATCHKEY_TRUST_PROXY: '1,2' }, /^LATCHKEY_TRUST_PROXY/],
    [{ LATCHKEY_TRUST_PROXY: 'proxy.example' }, /^LATCHKEY_TRUST_PROXY/],
  ])('refuse %j, and say what to mend', (env, says) => {
    expect(faultsOf(env)).toMatch(says)
  })

  test('refuse plain http in production, even where it is asked for (CK-11)', () => {
    const local = {
      LATCHKEY_TRANSPORTS: 'cookie',
      LATCHKEY_INSECURE_COOKIES: 'on',
      LATCHKEY_ISSUER: 'http://localhost:3000',
    }
    expect(faultsOf(local)).toBe('')
    expect(faultsOf({ ...local, NODE_ENV: 'production' })).toMatch(/^LATCHKEY_INSECURE_COOKIES/)
  })

  test('are understood', () => {
    const env = { LATCHKEY_TRANSPORTS: 'cookie, body', LATCHKEY_ISSUER: issuer, LATCHKEY_SAME_SITE: 'lax' }
    const more = {
      LATCHKEY_ORIGINS: `${friend}, http://localhost:5173`,
      LATCHKEY_TRUST_PROXY: 'loopback, 10.0.0.0/8, fd00::1',
    }
    expect(readConfig({ ...env, ...more }).browsers).toEqual({
      transports: ['cookie', 'body'],
      origins: [friend, 'http://localhost:5173'],
      sameSite: 'lax',
      insecureCookies: false,
      trustProxy: ['loopback', '10.0.0.0/8', 'fd00::1'],
    })
    const plain = {
      transports: ['body', 'header'],
      origins: [],
      sameSite: 'strict',
      insecureCookies: false,
      trustProxy: 0,
    }
    expect(readConfig({}).browsers).toEqual(plain)
    expect(readConfig({ LATCHKEY_TRUST_PROXY: '2' }).browsers.trustProxy).toBe(2)
  })
})

describe('the server in cookie mode, behind a proxy that it was told of', () => {
  let server: TestServer
  let alone: TestServer
  beforeAll(async () => {
    const env = {
      LATCHKEY_TRANSPORTS: 'cookie,body',
      LATCHKEY_ISSUER: issuer,
      LATCHKEY_ORIGINS: friend,
      LATCHKEY_SAME_SITE: 'lax',
    }
    ;[server, alone] = await Promise.all([startServer({ ...env, LATCHKEY_TRUST_PROXY: '1' }), startServer(env)])
  })
  afterAll(() => Promise.all([server.remove(), alone.remove()]))

  const placeAt = async (at: TestServer, headers: Headers): Promise<unknown> => {
    const client = new PageClient(at.url)
    const { body } = await client.signIn(at.administrator, headers)
    const { accessToken } = body as { accessToken: string }
    const listed = await send(at.url, 'GET /sessions', { Authorization: `Bearer ${accessToken}` })
    const { sessions } = listed.body as { sessions: readonly { readonly current: boolean; readonly place: string }[] }
    await client.ask('POST /logout')
    return sessions.find(({ current }) => current)?.place
  }

  test('signs in, renews and signs out by cookies', async () => {
    const client = new PageClient(server.url)
    const { set, text } = await client.signIn(server.administrator)
    expect([set.length, text.includes('lkr1_')]).toEqual([2, false])
    expect(set[0]).toMatch(
      /^__Host-Http-latchkey=lkr1_[\w-]{72}; Max-Age=1209600; Path=\/; SameSite=Lax; Secure; HttpOnly$/,
    )
    expect((await client.ask('POST /token')).status).toBe(200)
    expect((await client.ask('POST /logout')).status).toBe(204)
    expect(client.jar.size).toBe(0)
  })

  test('lets a page of another origin in by name alone (attack 29)', async () => {
    const preflight = { 'Access-Control-Request-Method': 'POST' }
    const [yes, no] = [
      await send(server.url, 'OPTIONS /token', { Origin: friend, ...preflight }),
      await send(server.url, 'OPTIONS /token', { Origin: 'https://evil.example', ...preflight }),
    ]
    expect([yes.status, yes.headers['access-control-allow-origin']]).toEqual([204, friend])
    expect([no.status, no.headers['access-control-allow-origin']]).toEqual([405, undefined])
  })

  test('believes the one proxy in front, and no further (SE-16, attack 33)', async () => {
    const forwarded = { 'X-Forwarded-For': '203.0.113.9, 198.51.100.7' }
    expect(await placeAt(server, forwarded)).toBe('198.51.100.0')
  })

  test('believes nobody where it was told of none: X-Forwarded-For, Forwarded, X-Real-IP (attack 33)', async () => {
    const forwarded = { 'X-Forwarded-For': '203.0.113.9', Forwarded: 'for=203.0.113.9', 'X-Real-IP': '203.0.113.9' }
    expect(await placeAt(alone, forwarded)).toBe('127.0.0.0')
  })

  test('takes neither Host nor a forwarded host for its own name (attack 33)', async () => {
    const evil = 'evil.example'
    const headers = { Origin: `https://${evil}`, Host: evil, 'X-Forwarded-Host': evil, 'X-Forwarded-Proto': 'https' }
    const client = new PageClient(server.url)
    const answer = await client.ask('POST /login', {
      body: server.administrator,
      headers: { ...headers, 'Latchkey-Transport': 'cookie' },
    })
    expect([answer.status, client.jar.has(names.refresh)]).toEqual([403, false])
  })
})
