// Requests that are made up on a seed, with an eye for what the server reads: every route, every header, every parameter and
// every kind of token, each now right, now spoiled, now of another kind. All of them are well framed; what is wrong with the
// framing itself is made in bytes.ts. None of them may change a session: no authentic refresh token stands where it counts.

import * as fc from 'fast-check'
import type { Loot } from './loot.ts'
import { spoiled } from './mutations.ts'
import type { Asked } from './wire.ts'
import { cookieNames, fixedLines, grants, methods, names, oddBodies, oddPaths, routes, types } from './words.ts'

export interface Made extends Asked {
  readonly route: string
}

/** What each request is made of. */
interface Parts {
  readonly route: string
  readonly lines: readonly string[]
  readonly body: Buffer
  readonly chunked: boolean
}

/** Requests around what a thief might have got hold of: one half fit for the route they go to, the other made up. */
export function requests(loot: Loot): fc.Arbitrary<Made> {
  const lines = fc.array(lineOf(loot), { maxLength: 4 })
  const type = fc.constantFrom(...types)
  const wild = fc.tuple(routeOf(), type, bodyOf(loot))
  const chunked = fc.nat({ max: 9 }).map((n) => n === 0)
  return fc
    .tuple(fc.oneof(wild, fit(loot)), lines, chunked)
    .map(([[route, contentType, body], more, inPieces]) =>
      framed({ route, lines: [`Content-Type: ${contentType}`, ...more], body, chunked: inPieces }),
    )
}

type Fit = fc.Arbitrary<[route: string, type: string, body: Buffer]>

const jsonType = 'application/json'
const formType = 'application/x-www-form-urlencoded'

// What gets as far as the token, the password or the client's secret, and is wrong there.
function fit(loot: Loot): Fit {
  const { guess, grant, form } = textsOf(loot)
  const token = spoiled(loot.all)
  const to = (paths: readonly string[], type: string, text: fc.Arbitrary<string>): Fit =>
    fc.tuple(
      fc.constantFrom(...paths).map((path) => `POST ${path}`),
      fc.constant(type),
      text.map((each) => Buffer.from(each)),
    )
  const named = fc
    .tuple(fc.constantFrom('refreshToken', 'token'), token)
    .map(([name, text]) => JSON.stringify({ [name]: text }))
  const asked = fc.tuple(token, form).map(([text, more]) => `token=${encodeURIComponent(text)}&${more}`)
  return fc.oneof(
    { weight: 6, arbitrary: to(['/token', '/refresh', '/logout'], jsonType, named) },
    { weight: 6, arbitrary: to(['/token', '/refresh'], formType, grant) },
    { weight: 3, arbitrary: to(['/revoke', '/introspect'], formType, asked) },
    { weight: 1, arbitrary: to(['/login'], jsonType, guess) },
  )
}

function routeOf(): fc.Arbitrary<string> {
  const odd = fc
    .tuple(
      fc.constantFrom(...methods),
      fc.oneof(fc.constantFrom(...oddPaths), fc.constantFrom(...routes.map((route) => route.split(' ')[1] ?? '/'))),
    )
    .map(([method, path]) => `${method} ${path}`)
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...routes) }, { weight: 1, arbitrary: odd })
}

function lineOf(loot: Loot): fc.Arbitrary<string> {
  const any = spoiled(loot.all)
  const named = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    value.map((each) => `${name}: ${each}`)
  const cookie = fc
    .tuple(fc.constantFrom(...cookieNames), any)
    .map(([name, value]) => `Cookie: a=b; ${name}=${value.replace(/[;,\s]/g, '')}; c`)
  return fc.oneof(
    fc
      .tuple(fc.constantFrom('Bearer', 'DPoP', 'Basic', 'bearer', 'Negotiate', ''), any)
      .map(([scheme, value]) => `Authorization: ${scheme} ${value}`),
    named('Authorization', fc.constantFrom(...loot.basics)),
    named('refresh-token', any),
    named('DPoP', fc.oneof(fc.constantFrom(...loot.proofs), spoiled(loot.proofs))),
    named(
      'Latchkey-Proof',
      fc.oneof(
        fc.constant('v1'),
        any.map((each) => `v1.${each}`),
      ),
    ),
    named('Latchkey-Transport', fc.oneof(fc.constantFrom('cookie', 'body', 'header', 'carrier pigeon'), any)),
    cookie,
    named('User-Agent', any),
    named('X-Forwarded-For', any),
    fc.constantFrom(...fixedLines),
  )
}

interface Texts {
  readonly json: fc.Arbitrary<string>
  readonly form: fc.Arbitrary<string>
  readonly grant: fc.Arbitrary<string>
  /** Each of these may cost the server the hash of a password. */
  readonly guess: fc.Arbitrary<string>
}

function textsOf(loot: Loot): Texts {
  const value = spoiled(loot.all)
  const oddValue = fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) })
  const pair = fc.tuple(fc.constantFrom(...names), value).map(([name, text]) => `${name}=${encodeURIComponent(text)}`)
  const form = fc.array(pair, { maxLength: 5 }).map((pairs) => pairs.join('&'))
  return {
    form,
    json: fc.dictionary(fc.constantFrom(...names), oddValue, { maxKeys: 4 }).map((object) => JSON.stringify(object)),
    grant: fc
      .tuple(fc.constantFrom(...grants), value, form)
      .map(([type, token, more]) => `grant_type=${type}&refresh_token=${encodeURIComponent(token)}&${more}`),
    guess: fc
      .tuple(fc.constantFrom('admin', 'nobody', 'ADMIN'), spoiled([loot.password]))
      .map(([username, password]) => JSON.stringify({ username, password })),
  }
}

function bodyOf(loot: Loot): fc.Arbitrary<Buffer> {
  const { json, form, grant } = textsOf(loot)
  const text = fc.oneof(
    { weight: 6, arbitrary: json },
    { weight: 3, arbitrary: form },
    { weight: 6, arbitrary: grant },
    { weight: 2, arbitrary: fc.constantFrom(...oddBodies) },
  )
  return fc.oneof(
    { weight: 170, arbitrary: text.map((each) => Buffer.from(each)) },
    { weight: 20, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
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
  const chunks = parts.map((part) =>
    Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
  )
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')])
}
