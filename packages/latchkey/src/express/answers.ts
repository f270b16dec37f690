// Writes every answer of the router: exactly one per request, whatever fails. The plain body of a refusal is
// `{ "error": "…" }` and never grows a member; who asks for `application/problem+json` gets the same status with a
// reason (RFC 9457).

import type { OutgoingHttpHeaders } from 'node:http'
import type { NextFunction, Request, Response } from 'express'
import { errorCodes, isLatchkeyError, type ErrorCode, type LatchkeyError } from '../index.ts'
import { dpopAlgorithms } from './dpop/public-key.ts'
import { phrases, statuses, type Status } from './statuses.ts'

const problemType = 'application/problem+json'

/** Sends JSON that no cache may keep. */
export function sendJson(res: Response, status: number, body: object, headers: OutgoingHttpHeaders = {}): void {
  send(res, status, 'application/json', JSON.stringify(body), headers)
}

/** Sends no content. */
export function sendNothing(res: Response): void {
  if (res.headersSent) return
  res.writeHead(204, { 'Cache-Control': 'no-store' }).end()
}

/** Hands on what is no refusal of ours, so that Express takes it for an error: to it, 'route' and nothing are none. */
export function passOn(error: unknown, next: NextFunction): void {
  next(error instanceof Error ? error : new Error('something that is no error was thrown', { cause: error }))
}

/** Answers a refusal or an outage. False where the error is neither, and somebody else must answer. */
export function sendRefusal(req: Request, res: Response, error: unknown): error is LatchkeyError {
  if (!isLatchkeyError(error)) return false
  const answer = statuses[error.code]
  const headers = refusalHeaders(req, error, answer.status)
  if (req.headers.accept?.toLowerCase().includes(problemType) === true) {
    send(res, answer.status, problemType, JSON.stringify(problemOf(error, answer)), headers)
  } else {
    sendJson(res, answer.status, { error: phrases[answer.status] }, headers)
  }
  return true
}

function send(res: Response, status: number, type: string, text: string, headers: OutgoingHttpHeaders): void {
  // A second answer would be a defect; a lost client is none.
  if (res.headersSent) return
  res
    .writeHead(status, {
      'Content-Type': `${type}; charset=utf-8`,
      'Content-Length': Buffer.byteLength(text),
      'Cache-Control': 'no-store',
      ...headers,
    })
    .end(text)
}

const problemOf = ({ message }: LatchkeyError, { status, reason }: Status): object => ({
  type: `urn:latchkey:problem:${reason}`,
  title: message,
  status,
  reason,
})

/** The headers that go with a refusal, in either dialect: what to send, when to come back, what to prove with. */
export function refusalHeaders(req: Request, error: LatchkeyError, status: number): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  const challenge = challengeOf(req, error, status)
  if (challenge !== undefined) headers['WWW-Authenticate'] = challenge
  if (error.retryAfterSeconds !== undefined) headers['Retry-After'] = error.retryAfterSeconds
  if (error.nonce !== undefined) headers['Latchkey-Nonce'] = error.nonce
  if (error.dpopNonce !== undefined) headers['DPoP-Nonce'] = error.dpopNonce
  // What is left of a body that was too large must not be taken for the next request.
  if (status === 413) headers['Connection'] = 'close'
  return headers
}

/** The errors of a challenge (RFC 6750 s3.1, RFC 9449 s7.1, RFC 9470 s3); one is named only where a token was sent. */
const challengeErrors: Partial<Record<ErrorCode, string>> = {
  access_invalid: 'invalid_token',
  access_expired: 'invalid_token',
  access_ended: 'invalid_token',
  scope_insufficient: 'insufficient_scope',
  step_up_required: 'insufficient_user_authentication',
  dpop_invalid: 'invalid_dpop_proof',
  dpop_nonce_stale: 'use_dpop_nonce',
}

function challengeOf(req: Request, { code, challenge }: LatchkeyError, status: number): string | undefined {
  const error = challengeErrors[code]
  // RFC 6749 s5.2: what a token endpoint answers with 400 says in its body what is wrong.
  if (status !== 401 && !(status === 403 && error !== undefined)) return undefined
  // RFC 6749 s2.3.1, RFC 7617.
  if (code === 'client_refused' && !isPlanted(req)) return 'Basic realm="OAuth client", charset="UTF-8"'
  const named = error === undefined ? {} : { error, error_description: errorCodes[code] }
  const scheme = schemeOf(req, code)
  // What a proof may be signed with is part of every such challenge (RFC 9449 s7.1).
  const algs = scheme === 'DPoP' ? { algs: dpopAlgorithms.join(' ') } : {}
  const parameters = Object.entries({ ...named, ...challenge, ...algs }).map(([name, value]) => `${name}="${value}"`)
  return [scheme, parameters.join(', ')].join(' ').trim()
}

// No client sends a form as a browser does that goes to a page. A challenge would make it remember the credentials that
// stand in the form's URL, which anybody's page can write, and add them to every later request of ours (attack 23).
const isPlanted = ({ headers }: Request): boolean =>
  headers['sec-fetch-mode'] === 'navigate' && headers.authorization === undefined

// Whoever came with a bound token, or with a proof, is answered under its scheme.
function schemeOf(req: Request, code: ErrorCode): 'Bearer' | 'DPoP' {
  const bound = /^dpop /i.test(req.headers.authorization ?? '')
  return bound || code === 'dpop_invalid' || code === 'dpop_nonce_stale' ? 'DPoP' : 'Bearer'
}
