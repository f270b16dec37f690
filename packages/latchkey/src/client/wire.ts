// One request to the router, and what its answer means. A refusal is ours by its status, its media type and its form;
// whatever else comes, of a proxy, a portal or a broken server, is trouble that passes.

import { noop, type Core } from './core.ts'
import { ClientError, type ClientErrorDetails } from './errors.ts'
import { requestLimitMs } from './limits.ts'
import type { ProofHeaders } from './proof.ts'

export interface Answer {
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
  /** Where it is a refusal of ours. */
  readonly isRefusal: boolean
  readonly details: ClientErrorDetails
}

/**
 * Posts it, with the headers that `prove` gives; once more where the nonce was too old. Throws `RefreshUnavailable`,
 * `Offline` or `Timeout`.
 */
export async function post(
  core: Core,
  route: 'login' | 'token' | 'logout',
  content: object,
  prove?: (url: string, nonce?: string) => Promise<ProofHeaders>,
  nonce?: string,
): Promise<Answer> {
  const { inCookies } = core
  const url = new URL(route, core.baseUrl).href
  const proof = await prove?.(url, nonce)
  const controller = new AbortController()
  const { signal } = controller
  const stop = core.after(requestLimitMs, () => controller.abort())
  try {
    const response = await core.fetch(url, {
      method: 'POST',
      headers: {
        Accept: 'application/problem+json',
        'Content-Type': 'application/json',
        ...(inCookies && { 'Latchkey-Transport': 'cookie' }),
        ...proof,
      },
      body: JSON.stringify(content),
      credentials: inCookies ? 'include' : 'omit',
      // Wherever it would lead to, it must not get a refresh token.
      redirect: 'error',
      signal,
    })
    const { status, headers, ok } = response
    const body = (await response.json().catch(noop)) ?? {}
    const { reason, type } = body
    const details = { status, reason, retryAfterSeconds: secondsOf(core, headers) }
    if (!ok && (status >= 500 || type !== `urn:latchkey:problem:${reason}`)) {
      throw new ClientError('RefreshUnavailable', details)
    }
    if (reason === 'nonce' && nonce === undefined) {
      return await post(core, route, content, prove, headers.get(core.proof.nonceHeader) ?? '')
    }
    return { headers, body, isRefusal: !ok, details }
  } catch (error) {
    if (error instanceof ClientError) throw error
    const isOffline = core.isOnline?.() === false
    throw new ClientError(signal.aborted ? 'Timeout' : isOffline ? 'Offline' : 'RefreshUnavailable', { cause: error })
  } finally {
    stop()
  }
}

// Seconds or a date (RFC 9110 s10.2.3); a date is read by the clock of whoever wrote it.
function secondsOf({ now }: Core, headers: Headers): number {
  const text = headers.get('Retry-After') ?? ''
  const from = Date.parse(headers.get('Date') ?? '') || now()
  return Math.max(0, Number(text) || (Date.parse(text) - from) / 1000 || 0)
}
