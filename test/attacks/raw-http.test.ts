// Attack cases 25 to 28: requests that say one thing twice, or one thing to one reader and another to the next. Bytes go over
// a bare socket. Each is refused with its 4xx, answered once, and moves no session.

import { describe, expect, test } from 'vitest'
import { ask, renew, signed, type Signed } from '../helpers/requests.ts'
import { exchange, request } from '../http/raw-socket.ts'
import { sendBytes } from './fuzz/wire.ts'
import { useTarget } from './target.ts'

const target = useTarget()
const json = 'Content-Type: application/json'
const form = 'Content-Type: application/x-www-form-urlencoded'
const post = 'POST /token HTTP/1.1'
const host = 'Host: localhost'
const head = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n')

/** What was sent, and the status that it must get. */
type Cases = readonly (readonly [string, string | Buffer, number])[]

/** Sends each over a socket of its own; one answer each, no session moves, and the token is as good as before. */
async function refused(make: (session: Signed) => Cases): Promise<void> {
  const session = await target().signIn()
  await target().unmoved(async () => {
    for (const [what, bytes, status] of make(session)) {
      const answers = await exchange(target().url, bytes)
      expect([what, answers.map((answer) => answer.status)]).toEqual([what, [status]])
      expect([what, answers[0]?.body.includes('lkr1_')]).toEqual([what, false])
    }
  })
  signed(await renew(target().url, session.refreshToken))
}

describe('attack 25: credentials twice, or where they do not belong', () => {
  test('two Authorization headers are 400, the good one first or second', () =>
    refused(({ accessToken }) => {
      const good = `Authorization: Bearer ${accessToken}`
      const bad = 'authorization: Bearer x'
      return [
        ['good, bad', request('GET /me', [good, bad]), 400],
        ['bad, good', request('GET /me', [bad, good]), 400],
        ['good, good', request('GET /me', [good, good]), 400],
        ['a list', request('GET /me', [`${good}, Bearer ${accessToken}`]), 401],
        ['Basic, then good', request('GET /sessions', ['Authorization: Basic eDp5', good]), 400],
      ]
    }))

  test('an access token in the query or in a body opens nothing: 401', () =>
    refused(({ accessToken }) => [
      ['query', request(`GET /me?access_token=${accessToken}`), 401],
      ['query, all sessions', request(`DELETE /sessions?access_token=${accessToken}`), 401],
      ['form', request('GET /me', [form], `access_token=${accessToken}`), 401],
      ['JSON', request('POST /logout/all', [json], JSON.stringify({ access_token: accessToken, accessToken })), 401],
      ['X-Access-Token', request('GET /me', [`X-Access-Token: ${accessToken}`, `Token: ${accessToken}`]), 401],
    ]))

  test('a refresh token in the query renews nothing: 401', () =>
    refused(({ refreshToken }) => [
      ['query', request(`POST /token?refreshToken=${refreshToken}&token=${refreshToken}&refresh_token=${refreshToken}`), 401],
      ['fragment', request(`POST /token#${refreshToken}`), 401],
    ]))

  test('two carriers of a refresh token are 400, also where both say the same', () =>
    refused(({ refreshToken }) => {
      const body = JSON.stringify({ refreshToken })
      const cookie = `Cookie: __Host-Http-latchkey=${refreshToken}`
      return [
        ['body and header', request('POST /token', [json, `refresh-token: ${refreshToken}`], body), 400],
        ['two headers', request('POST /token', [`refresh-token: ${refreshToken}`, `Refresh-Token: ${refreshToken}`]), 400],
        ['cookie and body', request('POST /token', [json, cookie], body), 400],
        ['cookie and header', request('POST /token', [cookie, `refresh-token: ${refreshToken}`]), 400],
      ]
    }))
})

const long = 'x'.repeat(17_000)

describe('attack 26: parameters twice, nested, or of another type', () => {
  test('in JSON: 400 for every value that is no text, 400 for two that differ', () =>
    refused(({ refreshToken }) => [
      ...[7, true, [], ['x'], {}, [refreshToken], { refreshToken }].map((value) => {
        const body = JSON.stringify({ refreshToken: value })
        return [body.slice(0, 30), request('POST /token', [json], body), 400] as const
      }),
      ['two names', request('POST /token', [json], JSON.stringify({ refreshToken, token: 'x' })), 400],
      ['brackets', request('POST /token', [json], JSON.stringify({ 'refreshToken[]': refreshToken, 'a[b]': 1 })), 401],
      ['a list of bodies', request('POST /token', [json], JSON.stringify([{ refreshToken }])), 400],
      ['a text', request('POST /token', [json], JSON.stringify(refreshToken)), 400],
      ['a number', request('POST /token', [json], '7'), 400],
      ['credentials of another type', request('POST /login', [json], '{"username":["admin"],"password":{"$ne":""}}'), 400],
    ]))

  test('in a form: 400 invalid_request for every name that comes twice (TE-2, ASVS 15.3.7)', () =>
    refused(({ refreshToken }) => {
      const good = `grant_type=refresh_token&refresh_token=${refreshToken}`
      const bodies = [
        `${good}&refresh_token=${refreshToken}`,
        `refresh_token=x&${good}`,
        `${good}&grant_type=refresh_token`,
        `${good}&scope=a&scope=b`,
        `${good}&client_id=first-party&client_id=first-party`,
        `${good}&x=1&x=2`,
      ]
      return bodies.map((body) => [body.replaceAll(refreshToken, '…'), request('POST /token', [form], body), 400] as const)
    }))

  test('in a form: brackets are only part of a name, and a missing name is 400 (TE-3)', () =>
    refused(({ refreshToken }) => [
      ['refresh_token[]', request('POST /token', [form], `grant_type=refresh_token&refresh_token[]=${refreshToken}`), 400],
      ['nested', request('POST /token', [form], `grant_type=refresh_token&refresh_token[a][b]=${refreshToken}`), 400],
      ['grant_type[]', request('POST /token', [form], `grant_type[]=refresh_token&refresh_token=${refreshToken}`), 400],
      ['no grant_type', request('POST /token', [form], `refresh_token=${refreshToken}`), 400],
      ['a thousand parameters', request('POST /token', [form], Array.from({ length: 1000 }, (_, n) => `k${n}=1`).join('&')), 400],
      ['a broken escape', request('POST /token', [form], `grant_type=refresh_token&refresh_token=%zz${refreshToken}`), 400],
    ]))
})

describe('attack 27: too much', () => {
  test('a long body is 413 and a long head 431, before anything is done for them', () =>
    refused(({ refreshToken }) => [
      ['body', request('POST /token', [json], JSON.stringify({ refreshToken, long })), 413],
      ['form', request('POST /token', [form], `grant_type=refresh_token&refresh_token=${refreshToken}&long=${long}`), 413],
      ['login', request('POST /login', [json], JSON.stringify({ ...target().user, long })), 413],
      ['head', request('POST /token', [`refresh-token: ${refreshToken}`, `X-Long: ${long}`]), 431],
      ['a thousand cookies', request('POST /token', [`Cookie: ${Array.from({ length: 1000 }, (_, n) => `cookie-${n}=value-${n}`).join('; ')}`]), 431],
      ['a thousand header lines', request('GET /me', Array.from({ length: 3000 }, (_, n) => `X-${n}: 1`)), 431],
      ['URL', request(`GET /me?${long}`), 431],
    ]))

  test('a compressed body is 415 and inflates to nothing', () =>
    refused(({ refreshToken }) =>
      ['gzip', 'br', 'deflate', 'zstd', 'gzip, identity', 'x'].flatMap((coding) =>
        [json, form].map((type) => [coding, request('POST /token', [type, `Content-Encoding: ${coding}`], `{"token":"${refreshToken}"}`), 415] as const))))

  test('a body that comes drop by drop holds nobody else up', async () => {
    const slow = Array.from({ length: 50 }, () => fetch(`${target().url}/token`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, duplex: 'half', body: new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{"token":')) }), signal: AbortSignal.timeout(1500) } as RequestInit).catch(() => undefined))
    const began = performance.now()
    expect((await ask(target().url, 'GET /healthz')).status).toBe(200)
    expect(performance.now() - began).toBeLessThan(1000)
    await Promise.all(slow)
  })
})

describe('attack 28: bodies and methods that mean two things', () => {
  test('other types, other charsets, two lengths, two codings: 4xx (TE-1)', () =>
    refused(({ refreshToken }) => {
      const body = JSON.stringify({ refreshToken })
      const types = ['text/plain', 'application/jsonp', 'text/json', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16', 'application/json; charset=x; charset=utf-8', 'application/x-www-form-urlencoded; charset=utf-7', '', ',', 'application/json, text/plain']
      const withLength = `Content-Length: ${body.length}`
      return [
        ...types.map((type) => [type, request('POST /token', [`Content-Type: ${type}`], body), 415] as const),
        ['UTF-16', Buffer.concat([Buffer.from(request('POST /token', [json, `Content-Length: ${2 * body.length}`])), Buffer.from(body, 'utf16le')]), 400],
        ['TE and CL', head(post, host, json, 'Transfer-Encoding: chunked', withLength) + body, 400],
        ['CL twice', head(post, host, json, withLength, 'Content-Length: 2') + body, 400],
        ['TE twice', head(post, host, json, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity') + body, 400],
        ['TE xchunked', head(post, host, json, 'Transfer-Encoding: xchunked') + body, 400],
        ['a space before the colon', head(post, host, json, `Content-Length : ${body.length}`, 'Connection: close') + body, 400],
        ['a folded header', head(post, host, json, 'Refresh-Token:', ` ${refreshToken}`, 'Connection: close'), 400],
        ['bare line feeds', `${post}\nHost: x\nrefresh-token: ${refreshToken}\n\n`, 400],
        ['no Host', head(post, `refresh-token: ${refreshToken}`, 'Connection: close'), 400],
      ]
    }))

  test('a body that goes on as a request is one request, and what follows is judged by itself', async () => {
    const { refreshToken } = await target().signIn()
    const smuggled = `POST /token HTTP/1.1\r\nHost: x\r\nrefresh-token: ${refreshToken}\r\n\r\n`
    await target().unmoved(async () => {
      const chunked = head(post, host, json, 'Transfer-Encoding: chunked') + `0\r\n\r\n${request('GET /me')}`
      expect((await exchange(target().url, chunked)).map(({ status }) => status)).toEqual([401, 401])
      const hidden = head(post, host, json, 'Transfer-Encoding: chunked', 'Content-Length: 5') + `0\r\n\r\n${smuggled}`
      expect((await exchange(target().url, hidden)).map(({ status }) => status)).toEqual([400])
      const bytes = head(post, host, 'Content-Type: text/plain', `Content-Length: ${smuggled.length}`) + smuggled
      expect((await exchange(target().url, bytes + request('GET /me'))).map(({ status }) => status)).toEqual([415, 401])
    })
  })

  test('a pipelined request that expects 100 Continue gets its answer in one piece, behind the one before it', async () => {
    const first = request('GET /').replace('Connection: close\r\n', '')
    const answers = await sendBytes(target().url, [Buffer.from(first + request('GET /', ['Expect: 100-continue']))])
    const [one, two] = answers.filter(({ status }) => status !== 100)
    expect(two?.text.slice(two.text.indexOf('\r\n\r\n'))).toBe(one?.text.slice(one.text.indexOf('\r\n\r\n')))
    expect(one?.text).toMatch(/\r\n\r\n<!doctype[^]*<\/html>\n$/)
  })

  test('a byte order mark changes nothing that counts: it renews, or is 400, and never half', async () => {
    const { refreshToken } = await target().signIn()
    const answer = await target().sendJson('POST /token', `\uFEFF\uFEFF{"refreshToken":"${refreshToken}"}`)
    expect(answer.status).toBe(400)
    signed(await renew(target().url, refreshToken))
  })

  const changing = ['/login', '/token', '/refresh', '/logout', '/logout/all', '/revoke', '/introspect']
  test.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'QUERY'])(
    '%s changes no state on a route that does, whatever override it asks for (SE-13, TE-1)',
    async (method) => {
      const { accessToken, refreshToken } = await target().signIn()
      const lines = [
        `Authorization: Bearer ${accessToken}`,
        `refresh-token: ${refreshToken}`,
        ...['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'].map((name) => `${name}: POST`),
      ]
      await target().unmoved(async () => {
        for (const path of changing) {
          const [answer] = await exchange(target().url, request(`${method} ${path}?_method=POST`, method === 'HEAD' ? [...lines, 'X: head'] : lines)).catch(() => [])
          const allowed = answer === undefined ? method === 'HEAD' : answer.status >= 400 && answer.status < 500
          const preflight = method === 'OPTIONS' && answer?.status === 204
          expect([method, path, answer?.status, allowed || preflight]).toEqual([method, path, answer?.status, true])
          expect(answer?.body.includes(refreshToken) ?? false).toBe(false)
        }
      })
    },
  )
})
