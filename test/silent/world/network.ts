// `fetch` of one tab, over the real network, with what a browser does around it: cookies by its own rules, Origin and
// Fetch Metadata, answers that keep their Set-Cookie to themselves. An aborted request goes on without its script, as
// one does that has left the machine already: what it sets is set.

import type { Browser } from './browser.ts'
import type { TabClock } from './clock.ts'

/** One request that a script of this browser has made, whether or not it got anywhere. */
export interface Sent {
  readonly tab: number
  readonly method: string
  readonly url: string
  readonly headers: Headers
  /** By the tab's monotonic clock. */
  readonly at: number
}

export interface Sender {
  readonly tab: number
  readonly clock: TabClock
  readonly isAlive: () => boolean
}

/** The `fetch` of a tab whose pages are of `origin`. */
export function fetchOf(browser: Browser, sender: Sender, origin: string): typeof fetch {
  return (input, init) => {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    const request = new Request(input, { ...init, signal: null })
    const going = send(browser, sender, request, origin)
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) reject(signal.reason as Error)
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      // Nobody is left to hear of it in a tab that is gone.
      const unlessGone = (act: () => void) => () => (sender.isAlive() ? act() : undefined)
      going.then(
        (response) => unlessGone(() => resolve(signal ? endedBy(signal, response) : response))(),
        (error: unknown) => unlessGone(() => reject(error))(),
      )
    })
  }
}

// A body that is still coming in breaks off when its request is aborted.
function endedBy(signal: AbortSignal, response: Response): Response {
  const { body, status, statusText, headers, url, redirected, type, ok } = response
  if (body === null) return response
  const cut = body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), { signal })
  return dressed(new Response(cut, { status, statusText, headers }), { url, redirected, type, ok })
}

async function send(browser: Browser, { tab, clock }: Sender, request: Request, origin: string): Promise<Response> {
  const { method, url, headers } = request
  browser.sent.push({ tab, method, url, headers: new Headers(headers), at: clock.elapsed() })
  browser.activity += 1
  if (browser.network === 'down') throw new TypeError('Failed to fetch')
  const target = new URL(url)
  dress(browser, request, target, origin)
  browser.inFlight += 1
  try {
    const response = await fetch(request)
    const set = response.headers.getSetCookie()
    if (hasCookies(request, target, origin)) browser.jar.take(target, set)
    return asScriptSeesIt(request, response)
  } finally {
    browser.inFlight -= 1
    browser.activity += 1
  }
}

const hasCookies = ({ credentials }: Request, target: URL, origin: string): boolean =>
  credentials === 'include' || (credentials === 'same-origin' && target.origin === origin)

function dress(browser: Browser, request: Request, target: URL, origin: string): void {
  const isSame = target.origin === origin
  // Ports are no part of a site.
  const site = target.hostname === new URL(origin).hostname ? 'same-site' : 'cross-site'
  request.headers.set('Sec-Fetch-Site', isSame ? 'same-origin' : site)
  if (!isSame || !['GET', 'HEAD'].includes(request.method)) request.headers.set('Origin', origin)
  const cookies = hasCookies(request, target, origin) ? browser.jar.header(target) : ''
  if (cookies !== '') request.headers.set('Cookie', cookies)
}

// Script never sees Set-Cookie, nor anything of a redirect that it wants to handle itself.
function asScriptSeesIt({ redirect }: Request, response: Response): Response {
  if (redirect === 'manual' && response.status >= 300 && response.status < 400 && response.headers.has('Location')) {
    return dressed(new Response(null), { type: 'opaqueredirect', status: 0, ok: false, url: response.url })
  }
  if (!response.headers.has('Set-Cookie')) return response
  const headers = new Headers(response.headers)
  headers.delete('Set-Cookie')
  const { status, statusText, url, redirected } = response
  const body = [204, 205, 304].includes(status) ? null : response.body
  return dressed(new Response(body, { status, statusText, headers }), { url, redirected })
}

function dressed(response: Response, values: Readonly<Record<string, unknown>>): Response {
  for (const [name, value] of Object.entries(values)) Object.defineProperty(response, name, { value })
  return response
}
