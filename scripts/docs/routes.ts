// docs/http.md: the routes, held against the router's own table.

import { routeTable } from 'latchkey/express'
import { coded, table, wordsFor } from './table.ts'

interface Route {
  readonly takes: string
  readonly answers: string
}

const credentials = '`{ username, password }`'
const tokens = '`{ accessToken, refreshToken, tokenType, expiresIn }`'
const access = '`Authorization: Bearer`, asked of the store'

const routes: Readonly<Record<string, Route>> = {
  'POST /login': {
    takes: `${credentials}; \`Latchkey-Proof: v1\` for a keyed session; \`Latchkey-Transport\``,
    answers:
      '200 with tokens and `user`, and `sessionKey` where it was asked for · 401 wrong credentials · 403 too many sessions, where `whenFull` is `refuse`',
  },
  'POST /token': {
    takes: 'a refresh token; `Latchkey-Proof` with a proof where the session is keyed',
    answers: `200 ${tokens} · 401 no token, or an old nonce · 403 refused`,
  },
  'POST /refresh': { takes: 'the same as `POST /token`', answers: 'the same' },
  'POST /logout': {
    takes: 'a refresh token of any generation, without proof, or an access token, or both, or nothing',
    answers: '204, whatever came',
  },
  'POST /logout/all': { takes: access, answers: '204: all sessions of the caller have ended · 401' },
  'GET /sessions': { takes: access, answers: '200 with the live sessions of the caller · 401' },
  'DELETE /sessions': { takes: access, answers: '204: all sessions of the caller but this one have ended · 401' },
  'DELETE /sessions/:id': {
    takes: access,
    answers: "204, also where the id is nobody's or another user's (nothing happens then) · 401",
  },
  'POST /revoke': {
    takes: '`token` in a form, of either kind, and the client ([oauth.md](oauth.md#revocation))',
    answers: '200, whatever the token was · 401 the client is refused',
  },
  'POST /introspect': {
    takes: '`token` in a form, and a client that may introspect ([oauth.md](oauth.md#introspection))',
    answers: '200 `{ active }`, and what the token says where it is · 401 the client is refused',
  },
  'GET /.well-known/jwks.json': { takes: 'nothing', answers: '200 the public keys (RFC 7517) · 304' },
  'GET /.well-known/oauth-authorization-server': { takes: 'nothing', answers: '200 the metadata (RFC 8414) · 304' },
}

export function routesTable(): string {
  const takes = Object.fromEntries(Object.entries(routes).map(([route, each]) => [route, each.takes]))
  const takesOf = wordsFor('scripts/docs/routes.ts', routeTable, takes)
  const rows = routeTable.map((route) => [coded(route), takesOf(route), routes[route]?.answers ?? ''])
  return table(['Request', 'Takes', 'Answers'], rows)
}
