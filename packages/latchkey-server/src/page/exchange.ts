// One request and its answer, and the record of both that the page shows.
// It stands apart so that every call is made in one way: no cookies, no cache, no redirect, ten seconds at most,
// and no exception for an outage. A request that got no answer is an answer with status 0.

export type Json = Readonly<Record<string, unknown>>
export type HeaderPairs = readonly (readonly [name: string, value: string])[]

/** What is shown of a request and its answer. Secrets that must not stay in memory are masked already. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly requestHeaders: HeaderPairs
  readonly requestBody: Json | undefined
  /** 0: no answer came. */
  readonly status: number
  readonly answerHeaders: HeaderPairs
  readonly answerBody: Json | string | undefined
  readonly tookMs: number
  /** More than 1: that many requests at once had this answer; one of them is shown. */
  readonly times: number
}

/** An answer for the page to act on. */
export interface Answer {
  readonly status: number
  readonly body: Json
  readonly nonce: string | undefined
  readonly retryAfterSeconds: number | undefined
  /** By performance.now(): it never jumps when somebody sets the clock. */
  readonly receivedAtMs: number
  readonly exchange: Exchange
}

interface Call {
  readonly method: string
  readonly path: string
  readonly headers: HeaderPairs
  readonly body?: Json
  /** Names of body members whose values are never shown, with what is shown in their place. */
  readonly masked?: Readonly<Record<string, string>>
}

const TIMEOUT_MS = 10_000
const SHOWN_HEADERS = ['content-type', 'cache-control', 'www-authenticate', 'retry-after', 'latchkey-nonce']

/** Sends one request. Never rejects: no network, no answer in time and a broken answer all have status 0. */
export async function send(call: Call): Promise<Answer> {
  const startedAtMs = performance.now()
  try {
    const response = await fetch(call.path, {
      method: call.method,
      headers: call.headers.map(([name, value]): [string, string] => [name, value]),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return read(call, startedAtMs, response, await response.text())
  } catch {
    return read(call, startedAtMs)
  }
}

function read(call: Call, startedAtMs: number, response?: Response, text = ''): Answer {
  const receivedAtMs = performance.now()
  const body = parse(response, text)
  const headers = response?.headers
  const seconds = Number(headers?.get('retry-after') ?? Number.NaN)
  return {
    status: response?.status ?? 0,
    body: body ?? {},
    nonce: headers?.get('latchkey-nonce') ?? undefined,
    retryAfterSeconds: Number.isFinite(seconds) ? seconds : undefined,
    receivedAtMs,
    exchange: {
      method: call.method,
      path: call.path,
      requestHeaders: call.headers,
      requestBody: call.body && mask(call.body, call.masked),
      status: response?.status ?? 0,
      answerHeaders: SHOWN_HEADERS.flatMap((name): [string, string][] => {
        const value = headers?.get(name)
        return value ? [[name, value]] : []
      }),
      answerBody: body ? mask(body, call.masked) : text.slice(0, 500) || undefined,
      tookMs: receivedAtMs - startedAtMs,
      times: 1,
    },
  }
}

/** A proxy between page and server may answer in HTML: what is not a JSON object has no members to act on. */
function parse(response: Response | undefined, text: string): Json | undefined {
  if (!/[/+]json\b/.test(response?.headers.get('content-type') ?? '')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function mask(body: Json, masked: Readonly<Record<string, string>> = {}): Json {
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, masked[name] ?? value]))
}
