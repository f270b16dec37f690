// The client's fetch: the access token where it belongs, renewed where it must be, and a request sent again where a server
// has refused its token before doing anything.

import type { ClientRequestInit } from './client.ts'
import { anonymous, noop, type Core } from './core.ts'
import { token } from './engine.ts'
import { ClientError } from './errors.ts'
import { find } from './find.ts'
import { identityOf, type Held } from './held.ts'
import { race } from './race.ts'
import { good } from './session.ts'

/** `fetch` with a token for the origins of the client; requests to anybody else, and those that bring their own credentials, pass as they are. */
export async function fetchWith(
  core: Core,
  input: RequestInfo | URL,
  { body, ...init }: ClientRequestInit = {},
): Promise<Response> {
  const isMade = typeof body === 'function'
  // Read once, it is gone, and to keep a copy could fill the memory.
  const isStream = 'getReader' in Object(body) || Symbol.asyncIterator in Object(body)
  const build = (content: unknown): Request =>
    new Request(input instanceof Request ? input : new URL(input, core.baseUrl), {
      ...init,
      body: content,
    } as RequestInit)
  const first = build(isMade ? undefined : body)
  // What is copied before it is sent is the same, byte for byte, when it is sent again.
  const make = (): Request => (isMade ? build(body()) : isStream ? first : first.clone())
  const given = first.headers.get('Authorization')
  // Whatever the caller says of himself counts; an old token of ours, echoed back, is not his word.
  const isOurs = !given || identityOf(given.split(' ')[1]).sid === core.state.sessionId
  // A visitor costs the server nothing.
  const isNobody = core.state === anonymous && !core.cookies?.hint(core.baseUrl)
  if (!isOurs || isNobody || !core.origins.has(new URL(first.url).origin)) return core.fetch(make())
  // Whose request it is: it is sent as nobody else's.
  const { sessionId } = core.state
  let refusal: Response | undefined
  let last: Held | undefined
  for (;;) {
    const held = await tokenFor(core, isStream || !!refusal, first.signal, refusal)
    // It could not be renewed, and was refused.
    if (held && held === last) throw core.trouble?.error ?? new ClientError('RefreshUnavailable')
    const isHis = !sessionId || held?.sessionId === sessionId
    if (!isHis && !refusal) throw new ClientError('SignedOut')
    if (!held || !isHis) return refusal ?? core.fetch(make())
    refusal?.body?.cancel().catch(noop)
    const answer = await sendAs(core, make, held)
    if (!isTokenRefused(answer) || held === core.refused) return answer
    if (refusal) {
      core.refused = held
      return answer
    }
    // Due for renewal, whatever the clock says; where that fails, it may still be good elsewhere.
    held.leadMs = Infinity
    last = held
    if (isStream) {
      token(core).catch(noop)
      throw new ClientError('BodyNotReplayable', { response: answer })
    }
    refusal = answer
  }
}

/** The token to send; undefined where nobody is signed in, or no longer is after a refusal. */
async function tokenFor(
  core: Core,
  isAhead: boolean,
  signal: AbortSignal,
  refusal?: Response,
): Promise<Held | undefined> {
  const renewal = race(token(core), signal).catch((error: Partial<ClientError> | undefined) => {
    const code = error?.code
    if (code === 'SignedOut' || (refusal && code === 'RefreshRejected')) return undefined
    throw error
  })
  // A living token is used at once, and renewed beside it, in time for the next.
  renewal.catch(noop)
  return (!isAhead && good(core, 0)) || renewal
}

async function sendAs(core: Core, make: () => Request, held: Held): Promise<Response> {
  if (core.proof.send) return core.proof.send(make, () => find(core), held.accessToken, core.fetch)
  const request = make()
  request.headers.set('Authorization', `Bearer ${held.accessToken}`)
  return core.fetch(request)
}

/** Whether the server has refused the token itself (RFC 6750 s3.1), and not the user or the request. */
const isTokenRefused = (answer: Response): boolean =>
  answer.status === 401 && /[ ,]error="?invalid_token/i.test(answer.headers.get('WWW-Authenticate') ?? '')
