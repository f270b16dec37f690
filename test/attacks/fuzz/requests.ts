// Requests that are made up on a seed, with an eye for what the server reads: every route, every header, every parameter and
// every kind of token, each now right, now spoiled, now of another kind. All of them are well framed; what is wrong with the
// framing itself is made in bytes.ts. None of them may change a session: no authentic refresh token stands where it counts.

import * as fc from 'fast-check'
import { routeTable } from 'latchkey/express'
import type { Loot } from './loot.ts'
import { spoiled } from './mutations.ts'
import type { Asked } from './wire.ts'

export interface Made extends Asked {
  readonly route: string
}

const ownRoutes = ['GET /me', 'GET /healthz', 'GET /readyz', 'GET /', 'DELETE /sessions/AAAA', 'GET /main.js', 'GET /favicon.ico']
const routes = [...routeTable.map((route) => route.replace(':id', 'BBBB')), ...ownRoutes]
const oddPaths = [
  ...['/%', '/%zz/%00', '/login%', '/sessions/%E0%A4%A', '//login', '/login?a[b]=1&a=2', '/login#x', '/a/../login'],
  ...['/token/', '/token//', '/TOKEN', '/token;a=b', '/token%2f', '/./token', '/sessions/..', '/.well-known/', '*', '/\\token'],
  ...['/.well-known/oauth-authorization-server/x', '/.well-known/openid-configuration', '/metrics', '/admin', '/.env'],
]
const methods = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH', 'QUERY', 'POST']
const names = [
  ...['username', 'password', 'refreshToken', 'token', 'client_id', 'client_secret', 'grant_type', 'refresh_token', 'scope'],
  ...['token_type_hint', '__proto__', 'constructor', 'prototype', 'a[b]', 'refresh_token[]', 'toString', ''],
]
const types = [
  ...['application/json', 'application/json', 'application/json; charset=utf-8', 'application/x-www-form-urlencoded'],
  ...['application/x-www-form-urlencoded; charset=UTF-8', 'application/json; charset=utf-16', 'application/jsonp'],
  ...['multipart/form-data; boundary=x', 'text/plain', ',', '', 'application/json, application/x-www-form-urlencoded'],
]
const oddBodies = [
  ...['', 'null', '""', '[]', '7', '\uFEFF{}', '{"token":"\\u0000"}', '{"token":"\\ud800"}', '{"token":1e999}', '{"token":"x"'],
  ...['{"__proto__":{"token":"x","toString":1}}', '{"constructor":{"prototype":{"token":"x"}}}', '[1,2', 'NaN', '&=&=', '%', 'a=%zz'],
  ...['grant_type=refresh_token&grant_type=refresh_token', `${'['.repeat(3000)}${']'.repeat(3000)}`, '&'.repeat(2000)],
]
const grants = ['refresh_token', 'password', 'client_credentials', 'authorization_code', 'implicit', '', 'REFRESH_TOKEN']

/** What each request is made of. */
interface Parts {
  readonly route: string
  readonly lines: readonly string[]
  readonly body: Buffer
  readonly chunked: boolean
}

/** Requests around what a thief might have got hold of. */
export function requests(loot: Loot): fc.Arbitrary<Made> {
  return fc
    .record({ route: routeOf(), lines: linesOf(loot), body: bodyOf(loot), chunked: fc.nat({ max: 9 }).map((n) => n === 0) })
    .map(framed)
}

function routeOf(): fc.Arbitrary<string> {
  const odd = fc
    .tuple(fc.constantFrom(...methods), fc.oneof(fc.constantFrom(...oddPaths), fc.constantFrom(...routes.map((route) => route.split(' ')[1] ?? '/'))))
    .map(([method, path]) => `${method} ${path}`)
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...routes) }, { weight: 1, arbitrary: odd })
}

function linesOf(loot: Loot): fc.Arbitrary<string[]> {
  const type = fc.constantFrom(...types).map((each) => `Content-Type: ${each}`)
  return fc.tuple(type, fc.array(lineOf(loot), { maxLength: 4 })).map(([first, more]) => [first, ...more])
}

function lineOf(loot: Loot): fc.Arbitrary<string> {
  const any = spoiled(loot.all)
  const named = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> => value.map((each) => `${name}: ${each}`)
  const cookie = fc.tuple(fc.constantFrom(...cookieNames), any).map(([name, value]) => `Cookie: a=b; ${name}=${value.replace(/[;,\s]/g, '')}; c`)
  return fc.oneof(
    fc.tuple(fc.constantFrom('Bearer', 'DPoP', 'Basic', 'bearer', 'Negotiate', ''), any).map(([scheme, value]) => `Authorization: ${scheme} ${value}`),
    named('Authorization', fc.constantFrom(...loot.basics)),
    named('refresh-token', any),
    named('DPoP', fc.oneof(fc.constantFrom(...loot.proofs), spoiled(loot.proofs))),
    named('Latchkey-Proof', fc.oneof(fc.constant('v1'), any.map((each) => `v1.${each}`))),
    named('Latchkey-Transport', fc.oneof(fc.constantFrom('cookie', 'body', 'header', 'carrier pigeon'), any)),
    cookie,
    named('User-Agent', any),
    named('X-Forwarded-For', any),
    fc.constantFrom(...fixedLines),
  )
}

const cookieNames = ['__Host-Http-latchkey', '__Host-Http-latchkey-access', '__Host-latchkey-session', 'latchkey', '__HOST-HTTP-LATCHKEY', '__proto__']
const fixedLines = [
  ...['Accept: application/problem+json', 'Accept: */*;q=x', 'Content-Encoding: gzip', 'Content-Encoding: identity'],
  ...['X-HTTP-Method-Override: DELETE', 'Range: bytes=0-0', 'If-None-Match: *', 'If-Modified-Since: x', 'Expect: 100-continue'],
  ...['Origin: null', 'Origin: https://app.example', 'Origin: https://app.example.evil', 'Origin: https://spa.example'],
  ...['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Referer: https://app.example/'],
  ...['Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: latchkey-transport', 'X-Forwarded-Proto: https'],
  ...['X-Forwarded-Host: evil.example', 'Forwarded: for="[::1]";host=evil.example', 'Idempotency-Key: "x"', 'Pragma: no-cache'],
]

function bodyOf(loot: Loot): fc.Arbitrary<Buffer> {
  const value = spoiled(loot.all)
  const oddValue = fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) })
  const json = fc.dictionary(fc.constantFrom(...names), oddValue, { maxKeys: 4 }).map((object) => JSON.stringify(object))
  const pair = fc.tuple(fc.constantFrom(...names), value).map(([name, text]) => `${name}=${encodeURIComponent(text)}`)
  const form = fc.array(pair, { maxLength: 5 }).map((pairs) => pairs.join('&'))
  const grant = fc.tuple(fc.constantFrom(...grants), value, form).map(([type, token, more]) => `grant_type=${type}&refresh_token=${encodeURIComponent(token)}&${more}`)
  const guess = fc.tuple(fc.constantFrom('admin', 'nobody', 'ADMIN'), spoiled([loot.password])).map(([username, password]) => JSON.stringify({ username, password }))
  return fc.oneof(
    { weight: 60, arbitrary: json.map((text) => Buffer.from(text)) },
    { weight: 30, arbitrary: form.map((text) => Buffer.from(text)) },
    { weight: 60, arbitrary: grant.map((text) => Buffer.from(text)) },
    { weight: 20, arbitrary: fc.constantFrom(...oddBodies).map((text) => Buffer.from(text)) },
    { weight: 20, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
    // Each of these costs the server the hash of a password.
    { weight: 1, arbitrary: guess.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.nat({ max: 40_000 }).map((length) => Buffer.alloc(length, '{"token":')) },
  )
}

function framed({ route, lines, body, chunked }: Parts): Made {
  const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`
  const head = [`${route} HTTP/1.1`, 'Host: app.example', framing, ...lines, '', ''].join('\r\n')
  const content = chunked ? inChunks(body) : body
  return { route, isHead: route.startsWith('HEAD '), bytes: Buffer.concat([Buffer.from(head, 'latin1'), content]) }
}

function inChunks(body: Buffer): Buffer {
  const middle = body.length >> 1
  const parts = [body.subarray(0, middle), body.subarray(middle)].filter(({ length }) => length > 0)
  const chunks = parts.map((part) => Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]))
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')])
}
