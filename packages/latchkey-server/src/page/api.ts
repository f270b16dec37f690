// The calls to the server: these six and no others.
// The password and the session key are masked here, before anything is kept for showing.
import { type Answer, type HeaderPairs, send } from './exchange.ts'

const PLAIN: HeaderPairs = [['Accept', 'application/json']]
// A refusal then says its reason (RFC 9457); without this header it says no more than "Forbidden".
const TELLING: HeaderPairs = [['Accept', 'application/problem+json, application/json']]
const JSON_BODY: HeaderPairs = [['Content-Type', 'application/json']]

/** POST /login; a keyed session asks for its session key by the bare proof header. */
export function login(username: string, password: string, keyed: boolean): Promise<Answer> {
  return send({
    method: 'POST',
    path: '/login',
    headers: [...PLAIN, ...JSON_BODY, ...proofHeader(keyed ? 'v1' : undefined)],
    body: { username, password },
    masked: { password: '••••••••', sessionKey: '(43 characters, imported and not kept as text)' },
  })
}

/** POST /token: one renewal, with or without a proof of the session key. */
export function token(refreshToken: string, proof?: string): Promise<Answer> {
  return send({
    method: 'POST',
    path: '/token',
    headers: [...TELLING, ...JSON_BODY, ...proofHeader(proof)],
    body: { refreshToken },
  })
}

/** GET /me: the protected route of the ready-made server. */
export function me(accessToken: string): Promise<Answer> {
  return send({ method: 'GET', path: '/me', headers: [...TELLING, ...bearer(accessToken)] })
}

/** GET /sessions: the caller's devices. */
export function sessions(accessToken: string): Promise<Answer> {
  return send({ method: 'GET', path: '/sessions', headers: [...PLAIN, ...bearer(accessToken)] })
}

/** DELETE /sessions/:id: ends one of them, by its public id. */
export function endSession(accessToken: string, id: string): Promise<Answer> {
  const path = `/sessions/${encodeURIComponent(id)}`
  return send({ method: 'DELETE', path, headers: [...PLAIN, ...bearer(accessToken)] })
}

/** POST /logout: any authentic token of the session ends it. */
export function logout(refreshToken: string): Promise<Answer> {
  return send({ method: 'POST', path: '/logout', headers: [...PLAIN, ...JSON_BODY], body: { refreshToken } })
}

function bearer(accessToken: string): HeaderPairs {
  return [['Authorization', `Bearer ${accessToken}`]]
}

function proofHeader(value: string | undefined): HeaderPairs {
  return value === undefined ? [] : [['Latchkey-Proof', value]]
}
