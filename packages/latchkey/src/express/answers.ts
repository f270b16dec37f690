// Writes every answer of the router: exactly one per request, whatever fails. The plain body of a refusal is
// `{ "error": "…" }` and never grows a member; who asks for `application/problem+json` gets the same status with a
// reason (RFC 9457).

import type { OutgoingHttpHeaders } from 'node:http'
import type { NextFunction, Request, Response } from 'express'
import { errorCodes, isLatchkeyError, type LatchkeyError } from '../index.ts'
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
  const headers = refusalHeaders(error, answer)
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

function refusalHeaders(error: LatchkeyError, { status }: Status): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  if (status === 401) headers['WWW-Authenticate'] = challengeOf(error)
  if (error.retryAfterSeconds !== undefined) headers['Retry-After'] = error.retryAfterSeconds
  if (error.nonce !== undefined) headers['Latchkey-Nonce'] = error.nonce
  // What is left of a body that was too large must not be taken for the next request.
  if (status === 413) headers['Connection'] = 'close'
  return headers
}

// RFC 6750 s3.1: an error is named only where a token was sent.
function challengeOf({ code }: LatchkeyError): string {
  const named = code === 'access_invalid' || code === 'access_expired' || code === 'access_ended'
  return named ? `Bearer error="invalid_token", error_description="${errorCodes[code]}"` : 'Bearer'
}
