// axios over the client. axios has an adapter that speaks `fetch` and lets it be replaced; here the client's takes its
// place. What a token, a refusal or a repeated body needs is the core's business alone, and axios never sees a token.

import type { CreateAxiosDefaults } from 'axios'
import type { ClientRequestInit, LatchkeyClient } from '../client.ts'
import { clientError, isClientError } from '../errors.ts'

/** What makes an axios instance send through a client. */
export type AxiosThroughClient = Required<Pick<CreateAxiosDefaults, 'adapter' | 'env'>>

/** For `axios.create`: every request of the instance goes through the client. Make one instance per client. */
export function withClient(client: Pick<LatchkeyClient, 'fetch'>): AxiosThroughClient {
  // axios wraps every body in a Request, which hides whether it was a stream. The client must know, or it would hold a
  // large upload in memory; so what axios was given is remembered beside the Request that axios wants to see.
  const given = new WeakMap<Request, ClientRequestInit>()
  class Remembered extends Request {
    constructor(input: URL | Request | string, init?: RequestInit) {
      super(input, init)
      if (init !== undefined) given.set(this, named(init))
    }
  }
  const send = (input: URL | Request | string, init?: RequestInit): Promise<Response> => {
    const known = input instanceof Request ? given.get(input) : undefined
    const sent = known === undefined ? client.fetch(input, init) : client.fetch((input as Request).url, known)
    return sent.catch(rethrow)
  }
  // Node's FormData, not the package that axios brings for its other adapter and that no `fetch` knows.
  return { adapter: 'fetch', env: { fetch: send, Request: Remembered, FormData } }
}

// What axios calls a body that it does not know. Outside of a page it says so of forms and blobs too when it uses
// `fetch`, and no server could read them; without it, the body's own name is sent, and a form's boundary.
const unknownType = 'application/x-www-form-urlencoded'

function named(init: RequestInit): RequestInit {
  const { body } = init
  const hasName = body instanceof FormData || (body instanceof Blob && body.type !== '')
  const headers = new Headers(init.headers)
  if (!hasName || headers.get('Content-Type') !== unknownType) return init
  headers.delete('Content-Type')
  return { ...init, headers }
}

// axios takes the `response` of an error for one of its own and writes to it, which a real Response does not allow.
function rethrow(error: unknown): never {
  if (!isClientError(error) || error.response === undefined) throw error
  throw clientError(error.code, { status: error.response.status, cause: error })
}
