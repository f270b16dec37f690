// One request to the router, and what its answer means. A refusal is ours by its form, the `urn:latchkey:problem` in it;
// whatever else comes, of a proxy, a portal or a broken server, is trouble that passes.

import { noop, type Core } from './core.ts'
import { clientError, type ClientErrorDetails } from './errors.ts'
import { requestLimitMs } from './limits.ts'
import type { ProofHeaders } from './proof.ts'
import { within } from './race.ts'

export interface Answer {
  /** When it was asked for, by the device's clock. */
  readonly at: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
  /** Otherwise it is a refusal of ours. */
  readonly ok: boolean
  readonly details: ClientErrorDetails & { readonly status: number }
}

/**
 * Posts it, with the headers that `prove` gives; once more where the nonce was too old. Throws `RefreshUnavailable`,
 * `Offline` or `Timeout`.
 */
export const post = async (
  core: Core,
  route: 'login' | 'token' | 'logout',
  content: object,
  prove?: (url: string, nonce?: string) => Promise<ProofHeaders>,
  nonce?: string,
): Promise<Answer> => {
  const url = new URL(route, core.base).href
  const proof = await prove?.(url, nonce)
  const at = core.now()
  return within(core, requestLimitMs, async (signal) => {
    const request = core.fetch(url, {
      method: 'POST',
      headers: {
        Accept: 'application/problem+json',
        'Content-Type': 'application/json',
        ...(!core.mode && { 'Latchkey-Transport': 'cookie' }),
        ...proof,
      },
      body: JSON.stringify(content),
      credentials: core.mode ? 'omit' : 'include',
      // Wherever it would lead to, it must not get a refresh token.
      redirect: 'error',
      signal,
    })
    const response = await request.catch((cause: unknown) => {
      throw clientError(core.isOnline?.() === false ? 'Offline' : 'RefreshUnavailable', { cause })
    })
    const { status, headers, ok } = response
    const body = (await response.json().catch(noop)) ?? {}
    const { reason, type } = body
    const details = { status, reason, retryAfterSeconds: secondsOf(core, headers) }
    if (!ok && (status >= 500 || type !== `urn:latchkey:problem:${reason}`)) {
      throw clientError('RefreshUnavailable', details)
    }
    if (reason === 'nonce' && nonce === undefined) {
      return post(core, route, content, prove, headers.get(core.proof.nonceHeader) ?? '')
    }
    return { at, headers, body, ok, details }
  })
}

// Seconds or a date (RFC 9110 s10.2.3); a date is read by the clock of whoever wrote it.
const secondsOf = (core: Core, headers: Headers): number | undefined => {
  const text = headers.get('Retry-After') ?? ''
  const from = Date.parse(headers.get('Date') ?? '') || core.now()
  return Math.max(0, Number(text) || (Date.parse(text) - from) / 1000 || 0) || undefined
}
