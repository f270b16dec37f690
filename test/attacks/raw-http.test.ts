// Attack cases 27 and 28: too much of anything, and requests that one reader takes for another than the next. Bytes go over a
// bare socket. Each is refused with its 4xx, answered once, and moves no session.

import { describe, expect, test } from 'vitest'
import { ask, renew, signed, type Signed } from '../helpers/requests.ts'
import { exchange, request } from '../http/raw-socket.ts'
import { sendBytes } from './fuzz/wire.ts'
import { form, json, refusedAsBytes, type Cases } from './raw-attacks.ts'
import { useTarget } from './target.ts'

const target = useTarget()
const refused = (make: (session: Signed) => Cases): Promise<void> => refusedAsBytes(target(), make)
const post = 'POST /token HTTP/1.1'
const host = 'Host: localhost'
const head = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n')
const long = 'x'.repeat(17_000)
/** Nobody waits longer than this for somebody who is slow. */
const boundMs = 3000

describe('attack 27: too much', () => {
  test('a long body is 413 and a long head 431, before anything is done for them', () =>
    refused(({ refreshToken }) => [
      ['body', request('POST /token', [json], JSON.stringify({ refreshToken, long })), 413],
      [
        'form',
        request('POST /token', [form], `grant_type=refresh_token&refresh_token=${refreshToken}&long=${long}`),
        413,
      ],
      ['login', request('POST /login', [json], JSON.stringify({ ...target().user, long })), 413],
      ['head', request('POST /token', [`refresh-token: ${refreshToken}`, `X-Long: ${long}`]), 431],
      [
        'a thousand cookies',
        request('POST /token', [
          `Cookie: ${Array.from({ length: 1000 }, (_, n) => `cookie-${n}=value-${n}`).join('; ')}`,
        ]),
        431,
      ],
      [
        'a thousand header lines',
        request(
          'GET /me',
          Array.from({ length: 3000 }, (_, n) => `X-${n}: 1`),
        ),
        431,
      ],
      ['URL', request(`GET /me?${long}`), 431],
    ]))

  test('a compressed body is 415 and inflates to nothing', () =>
    refused(({ refreshToken }) =>
      ['gzip', 'br', 'deflate', 'zstd', 'gzip, identity', 'x'].flatMap((coding) =>
        [json, form].map(
          (type) =>
            [
              coding,
              request('POST /token', [type, `Content-Encoding: ${coding}`], `{"token":"${refreshToken}"}`),
              415,
            ] as const,
        ),
      ),
    ))

  test('a body that comes drop by drop holds nobody else up', async () => {
    const slow = Array.from({ length: 50 }, () =>
      fetch(`${target().url}/token`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        duplex: 'half',
        body: new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{"token":')) }),
        signal: AbortSignal.timeout(1500),
      }).catch(() => undefined),
    )
    const began = performance.now()
    expect((await ask(target().url, 'GET /healthz')).status).toBe(200)
    expect(performance.now() - began).toBeLessThan(boundMs)
    await Promise.all(slow)
  })
})

describe('attack 28: bodies and methods that mean two things', () => {
  test('other types, other charsets, two lengths, two codings: 4xx (TE-1)', () =>
    refused(({ refreshToken }) => {
      const body = JSON.stringify({ refreshToken })
      const types = [
        'text/plain',
        'application/jsonp',
        'text/json',
        'multipart/form-data; boundary=x',
        'application/json; charset=utf-16',
        'application/json; charset=x; charset=utf-8',
        'application/x-www-form-urlencoded; charset=utf-7',
        '',
        ',',
        'application/json, text/plain',
      ]
      const withLength = `Content-Length: ${body.length}`
      return [
        ...types.map((type) => [type, request('POST /token', [`Content-Type: ${type}`], body), 415] as const),
        [
          'UTF-16',
          Buffer.concat([
            Buffer.from(request('POST /token', [json, `Content-Length: ${2 * body.length}`])),
            Buffer.from(body, 'utf16le'),
          ]),
          400,
        ],
        ['TE and CL', head(post, host, json, 'Transfer-Encoding: chunked', withLength) + body, 400],
        ['CL twice', head(post, host, json, withLength, 'Content-Length: 2') + body, 400],
        ['TE twice', head(post, host, json, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity') + body, 400],
        ['TE xchunked', head(post, host, json, 'Transfer-Encoding: xchunked') + body, 400],
        [
          'a space before the colon',
          head(post, host, json, `Content-Length : ${body.length}`, 'Connection: close') + body,
          400,
        ],
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
          const [answer] = await exchange(
            target().url,
            request(`${method} ${path}?_method=POST`, method === 'HEAD' ? [...lines, 'X: head'] : lines),
          ).catch(() => [])
          const allowed = answer === undefined ? method === 'HEAD' : answer.status >= 400 && answer.status < 500
          const preflight = method === 'OPTIONS' && answer?.status === 204
          expect([method, path, answer?.status, allowed || preflight]).toEqual([method, path, answer?.status, true])
          expect(answer?.body.includes(refreshToken) ?? false).toBe(false)
        }
      })
    },
  )
})
