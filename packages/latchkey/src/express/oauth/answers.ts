// Writes the answers of the OAuth dialect: JSON that no cache may keep, and refusals in the one form that OAuth clients
// know (RFC 6749 s5.2), never as a problem of RFC 9457, whatever the request accepts (PD-3).

import type { OutgoingHttpHeaders } from 'node:http'
import { isLatchkeyError } from '../../index.ts'
import { refusalHeaders, sendJson } from '../answers.ts'
import type { Exchange, Route } from '../exchange.ts'
import { oauthAnswers, oauthErrors } from './errors.ts'

// Caches of HTTP/1.0 know no other word (RFC 6749 s5.1).
const uncached = { Pragma: 'no-cache' }

/** Sends what was asked for. */
export function sendOauth({ res }: Exchange, body: object, headers: OutgoingHttpHeaders = {}): void {
  sendJson(res, 200, body, { ...uncached, ...headers })
}

/** A route that answers its refusals and outages as OAuth does; what else it throws, it throws on. */
export const oauthRoute =
  (route: Route): Route =>
  async (exchange) => {
    try {
      await route(exchange)
    } catch (error) {
      if (!isLatchkeyError(error)) throw error
      const { req, res } = exchange
      const { status, error: name } = oauthAnswers[error.code]
      const body = { error: name, error_description: oauthErrors[name] }
      sendJson(res, status, body, { ...uncached, ...refusalHeaders(req, error, status) })
    }
  }
