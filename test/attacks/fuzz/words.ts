// The words of the fuzzer: routes, headers, names, types and bodies of which its requests are made. One on each line.

import { routeTable } from 'latchkey/express'

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

const ownRoutes = lines(`
  GET /me
  GET /healthz
  GET /readyz
  GET /
  GET /page/main.js
  GET /favicon.ico
  DELETE /sessions/AAAA
`)

/** Every route of the server, method and path. */
export const routes: readonly string[] = [...routeTable.map((route) => route.replace(':id', 'BBBB')), ...ownRoutes]

export const methods: readonly string[] = lines(
  'GET HEAD PUT PATCH DELETE OPTIONS TRACE PROPFIND SEARCH QUERY POST'.replaceAll(' ', '\n'),
)

export const oddPaths: readonly string[] = lines(String.raw`
  /%
  /%zz/%00
  /login%
  /sessions/%E0%A4%A
  //login
  /login?a[b]=1&a=2
  /login#x
  /a/../login
  /token/
  /token//
  /TOKEN
  /token;a=b
  /token%2f
  /./token
  /sessions/..
  /.well-known/
  *
  /\token
  /.well-known/oauth-authorization-server/x
  /.well-known/openid-configuration
  /metrics
  /admin
  /.env
`)

/** Names of parameters, in JSON and in forms. */
export const names: readonly string[] = [
  '',
  ...lines(`
    username
    password
    refreshToken
    token
    client_id
    client_secret
    grant_type
    refresh_token
    refresh_token[]
    scope
    token_type_hint
    a[b]
    __proto__
    constructor
    prototype
    toString
  `),
]

export const types: readonly string[] = [
  '',
  ...lines(`
    application/json
    application/json
    application/json; charset=utf-8
    application/json; charset=utf-16
    application/jsonp
    application/x-www-form-urlencoded
    application/x-www-form-urlencoded
    application/x-www-form-urlencoded; charset=UTF-8
    application/json, application/x-www-form-urlencoded
    multipart/form-data; boundary=x
    text/plain
    ,
  `),
]

export const oddBodies: readonly string[] = [
  '',
  '\uFEFF{}',
  `${'['.repeat(3000)}${']'.repeat(3000)}`,
  '&'.repeat(2000),
  ...lines(String.raw`
    null
    ""
    []
    7
    [1,2
    NaN
    {"token":"\u0000"}
    {"token":"\ud800"}
    {"token":1e999}
    {"token":"x"
    {"__proto__":{"token":"x","toString":1}}
    {"constructor":{"prototype":{"token":"x"}}}
    &=&=
    %
    a=%zz
    grant_type=refresh_token&grant_type=refresh_token
  `),
]

export const grants: readonly string[] = [
  '',
  ...lines(`
    refresh_token
    REFRESH_TOKEN
    password
    client_credentials
    authorization_code
    implicit
  `),
]

export const cookieNames: readonly string[] = lines(`
  __Host-Http-latchkey
  __Host-Http-latchkey-access
  __Host-latchkey-session
  __HOST-HTTP-LATCHKEY
  latchkey
  __proto__
`)

/** Whole header lines. */
export const fixedLines: readonly string[] = lines(`
  Accept: application/problem+json
  Accept: */*;q=x
  Content-Encoding: gzip
  Content-Encoding: identity
  X-HTTP-Method-Override: DELETE
  Range: bytes=0-0
  If-None-Match: *
  If-Modified-Since: x
  Expect: 100-continue
  Origin: null
  Origin: https://app.example
  Origin: https://app.example.evil
  Origin: https://spa.example
  Sec-Fetch-Site: same-origin
  Sec-Fetch-Site: cross-site
  Sec-Fetch-Mode: navigate
  Referer: https://app.example/
  Access-Control-Request-Method: POST
  Access-Control-Request-Headers: latchkey-transport
  X-Forwarded-Proto: https
  X-Forwarded-Host: evil.example
  Forwarded: for="[::1]";host=evil.example
  Idempotency-Key: "x"
  Pragma: no-cache
`)
