// ky over the client, on a real server. The mistake it prevents: two layers that both repeat, so that one request which
// is refused for good renews the session three times and is sent eight times.

import ky, { type KyInstance } from 'ky'
import { isClientError } from 'latchkey/client'
import { withClient } from 'latchkey/client/ky'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectNoToken, failureOf, openCounter, triesOf, type Counter } from './counter.ts'

let counter: Counter
let api: KyInstance
beforeEach(async () => {
  counter = await openCounter()
  api = ky.create({ ...withClient(counter.client), prefix: counter.url })
})
afterEach(() => counter.close())

const form = (): FormData => {
  const data = new FormData()
  data.set('title', 'Grüße')
  data.set('file', new Blob([new Uint8Array([0, 255, 13, 10, 45, 45])]), 'six bytes.bin')
  return data
}

const uploads: readonly (readonly [string, RegExp, () => NonNullable<RequestInit['body']>])[] = [
  ['a form', /^multipart\/form-data; boundary=/, form],
  ['a blob', /^image\/png$/, () => new Blob([new Uint8Array(70_000).fill(7)], { type: 'image/png' })],
  ['search parameters', /^application\/x-www-form-urlencoded/, () => new URLSearchParams({ q: 'a b&c' })],
  ['a text', /^text\/plain/, () => 'a text'],
]

describe('ky over the client', () => {
  it.each(['known', 'unknown'] as const)(
    'renews once for fifty requests when the token is over (%s to the client), and all succeed (C8)',
    async (how) => {
      counter.expire(how)
      const asked = Array.from({ length: 50 }, () => api.get('me').json<{ subject: string }>())
      expect(new Set((await Promise.all(asked)).map(({ subject }) => subject))).toEqual(new Set(['id-of-ada']))
      expect(counter.renewals()).toBe(1)
    },
  )

  it.each(uploads)(
    'sends %s twice with the same bytes when the token was refused (C37)',
    async (_, contentType, make) => {
      counter.expire('unknown')
      const { status } = await api.post('files', { body: make() })
      const [first, second, ...more] = triesOf(counter, 'POST /files')
      expect([status, more.length]).toEqual([201, 0])
      expect(first!.bytes.length).toBeGreaterThan(0)
      expect(first!.contentType).toMatch(contentType)
      expect([second!.contentType, second!.bytes.equals(first!.bytes)]).toEqual([first!.contentType, true])
    },
  )

  it('sends JSON twice with the same bytes (C37)', async () => {
    counter.expire('unknown')
    await api.post('files', { json: { title: 'Grüße' } })
    expect(triesOf(counter, 'POST /files').map(({ bytes }) => String(bytes))).toEqual([
      '{"title":"Grüße"}',
      '{"title":"Grüße"}',
    ])
  })

  it.each([
    ['as it comes', {}],
    ['told to repeat 401', { retry: { limit: 3, statusCodes: [401], delay: () => 1 } }],
    ['told a number', { retry: 3 }],
  ])('renews once and replays once what is refused for good, %s (C11)', async (_, options) => {
    const error = await failureOf(api.extend(options).get('never').json())
    expect([error.name, (error['response'] as Response).status]).toEqual(['HTTPError', 401])
    expect([triesOf(counter, 'GET /never').length, counter.renewals()]).toEqual([2, 1])
  })

  it('lets the client’s own errors through, asked once, and keeps the session (C4, C31, C33)', async () => {
    counter.failRenewals()
    counter.expire('known')
    const error = await failureOf(api.get('me').json())
    expect([isClientError(error), error['code'], error['retryAfterSeconds']]).toEqual([true, 'RefreshUnavailable', 7])
    expect(counter.client.state).toMatchObject({ status: 'authenticated', degraded: true })
    expect(counter.renewals()).toBe(1)
    expectNoToken(error)
  })

  it.each(['gone', 'never', 'http://127.0.0.1:1/away'])('shows no token in an error about %s (C46)', async (url) => {
    const direct = url.startsWith('http') ? api.extend({ prefix: '', retry: 0 }) : api
    expectNoToken(await failureOf(direct.get(url).json()))
    expectNoToken(await failureOf(direct.post(url, { body: form() }).json()))
  })

  it('cancels one request alone while all wait for the renewal (C12)', async () => {
    counter.expire('known')
    const release = counter.holdRenewals()
    const cancelling = new AbortController()
    const cancelled = failureOf(api.get('me', { signal: cancelling.signal }).json())
    const other = api.get('me').json()
    cancelling.abort()
    expect((await cancelled).name).toBe('AbortError')
    release()
    expect(await other).toEqual({ subject: 'id-of-ada' })
    expect(counter.renewals()).toBe(1)
  })

  it('keeps timeouts of its own', async () => {
    expect((await failureOf(api.get('silent', { timeout: 100 }).json())).name).toBe('TimeoutError')
  })

  it('sends bare when nobody is signed in (C28)', async () => {
    await counter.client.signOut()
    expect(await api.get('open').json()).toEqual({ open: true })
    expect((await failureOf(api.get('me').json())).name).toBe('HTTPError')
    expect(counter.seen.filter(({ route }) => route.startsWith('GET')).some(({ hasToken }) => hasToken)).toBe(false)
    expect(counter.renewals()).toBe(0)
  })
})
