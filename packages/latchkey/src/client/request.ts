// The client's fetch: the access token where it belongs, renewed where it must be, and a request sent again where a server
// has refused its token before doing anything.

import type { ClientRequestInit } from './client.ts'
import { noop, type Core } from './core.ts'
import { isAnonymous, token } from './engine.ts'
import { ClientError, codeOf } from './errors.ts'
import { find } from './find.ts'
import { identityOf, type Held } from './held.ts'
import { fresh, good, refuse } from './session.ts'

/** `fetch` with a token for these origins; requests to anybody else, and those that bring their own credentials, pass as they are. */
export async function fetchWith(
  core: Core,
  origins: ReadonlySet<string>,
  input: RequestInfo | URL,
  { body, ...init }: ClientRequestInit = {},
): Promise<Response> {
  const isMade = typeof body === 'function'
  // Read once, it is gone, and to keep a copy could fill the memory.
  const isStream = !isMade && (body instanceof ReadableStream || Symbol.asyncIterator in Object(body))
  const build = (): Request =>
    new Request(input instanceof Request ? input : new URL(input, core.baseUrl), {
      ...init,
      body: isMade ? body() : body,
    } as RequestInit)
  const first = build()
  let next = isMade || isStream ? first : undefined
  const make = (): Request => {
    // What is copied before it is sent is the same, byte for byte, when it is sent again.
    const request = next ?? (isMade ? build() : first.clone())
    if (isMade) next = undefined
    return request
  }
  const given = first.headers.get('Authorization')
  // Whatever the caller says of himself counts; an old token of ours, echoed back, is not his word.
  const isOurs = !given || identityOf(given.split(' ')[1]).sid === core.state.sessionId
  if (!isOurs || !origins.has(new URL(first.url).origin) || isAnonymous(core)) return core.fetch(make())
  let refusal: Response | undefined
  for (;;) {
    const held = await tokenFor(core, isStream, first.signal, refusal)
    if (!held) return refusal ?? core.fetch(make())
    refusal?.body?.cancel().catch(noop)
    const answer = await sendAs(core, make, held)
    if (!isTokenRefused(answer) || held === core.distrusted) return answer
    if (refusal) {
      core.distrusted = held
      return answer
    }
    refuse(core, held)
    if (isStream) {
      token(core).catch(noop)
      throw new ClientError('BodyNotReplayable', { response: answer })
    }
    refusal = answer
  }
}

/** The token to send; undefined where nobody is signed in, or no longer is after a refusal. */
async function tokenFor(core: Core, isAhead: boolean, signal: AbortSignal, refusal?: Response): Promise<Held | undefined> {
  const living = good(core)
  const renewal = fresh(core) ? undefined : race(token(core), signal)
  if (living && !(isAhead && renewal)) {
    // Renewed beside it, in time for the next.
    renewal?.catch(noop)
    return living
  }
  return renewal?.catch((error) => {
    const code = codeOf(error)
    if (code === 'SignedOut' || (refusal && code === 'RefreshRejected')) return undefined
    throw error
  })
}

/** One caller may leave; what all wait for goes on. */
export const race = <Result>(shared: Promise<Result>, signal?: AbortSignal): Promise<Result> =>
  new Promise((resolve, reject) => {
    const leave = (): void => reject(signal?.reason)
    if (signal?.aborted) leave()
    signal?.addEventListener('abort', leave)
    shared.then(resolve, reject).finally(() => signal?.removeEventListener('abort', leave))
  })

async function sendAs(core: Core, make: () => Request, { accessToken }: Held): Promise<Response> {
  const { send } = core.proof
  const kept = send && (await find(core))
  if (send && kept?.key) return send(make, kept, accessToken, core.fetch)
  const request = make()
  request.headers.set('Authorization', `Bearer ${accessToken}`)
  return core.fetch(request)
}

/** Whether the server has refused the token itself (RFC 6750 s3.1), and not the user or the request. */
const isTokenRefused = ({ status, headers }: Response): boolean =>
  status === 401 && /[ ,]error="?invalid_token/i.test(headers.get('WWW-Authenticate') ?? '')
