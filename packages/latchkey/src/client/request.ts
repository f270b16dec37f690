// The client's fetch: the access token where it belongs, renewed where it must be, and a request sent again where a server
// has refused its token before doing anything.

import type { ClientRequestInit } from './client.ts'
import { noop, type Core } from './core.ts'
import { token } from './engine.ts'
import { clientError, type ClientError } from './errors.ts'
import { find } from './find.ts'
import { identityOf, type Held } from './held.ts'
import { race } from './race.ts'
import { good } from './session.ts'

/** `fetch` with a token for the origins of the client; requests to anybody else, and those that bring their own credentials, pass as they are. */
export const fetchWith = async (
  core: Core,
  input: RequestInfo | URL,
  { body, ...init }: ClientRequestInit = {},
): Promise<Response> => {
  const isMade = typeof body === 'function'
  // Read once, it is gone, and to keep a copy could fill the memory.
  const isStream = 'getReader' in Object(body) || Symbol.asyncIterator in Object(body)
  const build = (content: unknown): Request =>
    new Request((input as Request).url ? input : new URL(input as string, core.base), {
      ...init,
      body: content,
    } as RequestInit)
  const first = build(isMade ? undefined : body)
  // What is copied before it is sent is the same, byte for byte, when it is sent again.
  const make = (): Request => (isMade ? build(body()) : isStream ? first : first.clone())
  const given = first.headers.get('Authorization')
  // Whatever the caller says of himself counts; an old token of ours, echoed back, is not his word.
  const isOurs = !given || identityOf(given.split(' ')[1]).sid === core.snapshot?.sessionId
  // A visitor costs the server nothing.
  const isNobody = core.isNobody && !core.cookies?.hint(core.base)
  if (!isOurs || isNobody || !core.origins.includes(new URL(first.url).origin)) return core.fetch(make())
  // Whose request it is: it is sent as nobody else's.
  const sessionId = core.held?.sessionId
  const renewal = race(token(core), first.signal).catch(unless('SignedOut'))
  renewal.catch(noop)
  // A living token is used at once, and renewed beside it, in time for the next.
  const held = (!isStream && good(core, 0)) || (await renewal)
  if (sessionId && held?.sessionId !== sessionId) throw clientError('SignedOut')
  if (!held) return core.fetch(make())
  const answer = await sendAs(core, make, held)
  if (!isTokenRefused(answer) || held === core.refused) return answer
  // Due for renewal, whatever the clock says; where that fails, it may still be good elsewhere.
  held.leadMs = Infinity
  if (isStream) {
    token(core).catch(noop)
    throw clientError('BodyNotReplayable', { response: answer })
  }
  const next = await race(token(core), first.signal).catch(unless('SignedOut', 'RefreshRejected'))
  if (next?.sessionId !== held.sessionId) return answer
  // It could not be renewed.
  if (next === held) throw core.trouble?.error ?? clientError('RefreshUnavailable')
  answer.body?.cancel().catch(noop)
  const last = await sendAs(core, make, next)
  if (isTokenRefused(last)) core.refused = next
  return last
}

// Nobody, where that is all there is to it.
const unless =
  (...codes: readonly unknown[]) =>
  (error: Partial<ClientError> | undefined): undefined => {
    if (!codes.includes(error?.code)) throw error
  }

const sendAs = async (core: Core, make: () => Request, held: Held): Promise<Response> => {
  if (core.proof.send) return core.proof.send(make, () => find(core), held.accessToken, core.fetch)
  const request = make()
  request.headers.set('Authorization', `Bearer ${held.accessToken}`)
  return core.fetch(request)
}

/** Whether the server has refused the token itself (RFC 6750 s3.1), and not the user or the request. */
const isTokenRefused = (answer: Response): boolean =>
  answer.status === 401 && /[ ,]error="?invalid_token/i.test(answer.headers.get('WWW-Authenticate') ?? '')
