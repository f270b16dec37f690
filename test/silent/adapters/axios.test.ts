// axios over the client, on a real server. The mistakes it prevents: an interceptor that renews once per request, a
// form that is sent the second time with another boundary or empty, and an error log that is full of access tokens.

import axios, { AxiosError, create, type AxiosInstance } from 'axios'
import { isClientError, type LatchkeyClient } from 'latchkey/client'
import { withClient } from 'latchkey/client/axios'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { expectNoToken, failureOf, openCounter, triesOf, type Counter } from './counter.ts'

let counter: Counter
let api: AxiosInstance
beforeEach(async () => {
  counter = await openCounter()
  api = create({ ...withClient(counter.client), baseURL: counter.url })
})
afterEach(() => counter.close())

const form = (): FormData => {
  const data = new FormData()
  data.set('title', 'Grüße')
  data.set('file', new Blob([new Uint8Array([0, 255, 13, 10, 45, 45])]), 'six bytes.bin')
  return data
}

const uploads: readonly (readonly [string, RegExp, () => unknown])[] = [
  ['a form', /^multipart\/form-data; boundary=/, form],
  ['a blob', /^image\/png$/, () => new Blob([new Uint8Array(70_000).fill(7)], { type: 'image/png' })],
  ['JSON', /^application\/json/, () => ({ title: 'Grüße', list: [1, 2, 3] })],
  ['bytes', /^application\/x-www-form-urlencoded/, () => new Uint8Array([1, 2, 0, 255])],
  ['search parameters', /^application\/x-www-form-urlencoded/, () => new URLSearchParams({ q: 'a b&c' })],
  ['a text', /^application\/x-www-form-urlencoded/, () => 'a text'],
]

describe('axios over the client', () => {
  it.each(['known', 'unknown'] as const)(
    'renews once for fifty requests when the token is over (%s to the client), and all succeed (C8)',
    async (how) => {
      counter.expire(how)
      const answers = await Promise.all(Array.from({ length: 50 }, () => api.get<{ subject: string }>('/me')))
      expect(new Set(answers.map(({ status, data }) => `${status} ${data.subject}`))).toEqual(
        new Set(['200 id-of-ada']),
      )
      expect(counter.renewals()).toBe(1)
    },
  )

  it.each(uploads)(
    'sends %s twice with the same bytes when the token was refused (C37)',
    async (_, contentType, make) => {
      counter.expire('unknown')
      const { status } = await api.post('/files', make())
      const [first, second, ...more] = triesOf(counter, 'POST /files')
      expect([status, more.length]).toEqual([201, 0])
      expect(first!.bytes.length).toBeGreaterThan(0)
      expect(first!.contentType).toMatch(contentType)
      expect([second!.contentType, second!.bytes.equals(first!.bytes)]).toEqual([first!.contentType, true])
    },
  )

  it('sends a form built by axios itself as a form (C37)', async () => {
    counter.expire('unknown')
    await api.postForm('/files', { title: 'one', list: [1, 2] })
    const tries = triesOf(counter, 'POST /files')
    expect(tries.map(({ bytes }) => bytes.toString('latin1').includes('name="title"'))).toEqual([true, true])
    expect(tries[0]!.contentType).toMatch(/^multipart\/form-data; boundary=/)
  })

  it('never sends a stream twice, and says so by its code (C38)', async () => {
    counter.expire('unknown')
    const data = new Blob(['a stream']).stream()
    const error = await failureOf(api.post('/files', data))
    expect([error['isAxiosError'], error['code'], error['status']]).toEqual([true, 'BodyNotReplayable', 401])
    expect(triesOf(counter, 'POST /files')).toHaveLength(1)
    expectNoToken(error)
  })

  it('renews before a stream is sent, where the client knows that the token is over (C38)', async () => {
    counter.expire('known')
    const { status } = await api.post('/files', new Blob(['a stream']).stream())
    expect([status, counter.renewals()]).toEqual([201, 1])
    expect(triesOf(counter, 'POST /files').map(({ bytes }) => String(bytes))).toEqual(['a stream'])
  })

  it('gives up after one renewal and one replay, with the answer in axios’s own error (C11)', async () => {
    const error = await failureOf(api.get('/never'))
    expect(error).toBeInstanceOf(AxiosError)
    const { code, response, config } = error as unknown as AxiosError
    expect([code, response?.status, response?.data]).toEqual(['ERR_BAD_REQUEST', 401, { error: 'Unauthorized' }])
    expect(config?.url).toBe('/never')
    expect([triesOf(counter, 'GET /never').length, counter.renewals()]).toEqual([2, 1])
  })

  it('gives an outage its code of the client’s in an error of axios’s, and keeps the session (C4, C31)', async () => {
    counter.failRenewals()
    counter.expire('known')
    const error = await failureOf(api.get('/me'))
    expect([error['isAxiosError'], error['code'], isClientError(error)]).toEqual([true, 'RefreshUnavailable', true])
    expect(error.cause).toMatchObject({ code: 'RefreshUnavailable', retryAfterSeconds: 7 })
    expect(counter.client.state).toMatchObject({ status: 'authenticated', degraded: true })
    expectNoToken(error)
  })

  it.each(['/gone', '/never', 'http://127.0.0.1:1/away'])('shows no token in an error about %s (C46)', async (url) => {
    expectNoToken(await failureOf(api.get(url)))
    expectNoToken(await failureOf(api.post(url, form())))
    expect(counter.seen.some(({ hasToken }) => hasToken)).toBe(url.startsWith('/'))
  })

  it('cancels one request alone while all wait for the renewal (C12)', async () => {
    counter.expire('known')
    const release = counter.holdRenewals()
    const cancelling = new AbortController()
    const cancelled = failureOf(api.get('/me', { signal: cancelling.signal }))
    const others = Promise.all([api.get('/me'), api.get('/me')])
    cancelling.abort()
    expect((await cancelled)['code']).toBe('ERR_CANCELED')
    release()
    expect((await others).map(({ status }) => status)).toEqual([200, 200])
    expect(counter.renewals()).toBe(1)
  })
})

describe('the options of axios, over the client', () => {
  it('keeps timeouts, and says of them what axios says without us', async () => {
    const slow = { baseURL: counter.url, timeout: 100 }
    const own = await failureOf(api.get('/silent', slow))
    const plain = await failureOf(axios.get('/slow', { ...slow, adapter: 'fetch' }))
    expect([own['code'], own.message, own['isAxiosError']]).toEqual([plain['code'], plain.message, true])
  })

  it('keeps response types', async () => {
    const asBytes = await api.get<ArrayBuffer>('/me', { responseType: 'arraybuffer' })
    const asText = await api.get<string>('/me', { responseType: 'text', transformResponse: (text: string) => text })
    const asBlob = await api.get<Blob>('/me', { responseType: 'blob' })
    const asStream = await api.get<ReadableStream<Uint8Array>>('/me', { responseType: 'stream' })
    expect(Buffer.from(asBytes.data).toString()).toBe(asText.data)
    expect(await asBlob.data.text()).toBe(asText.data)
    expect(await new Response(asStream.data).text()).toBe('{"subject":"id-of-ada"}')
  })

  it('keeps validateStatus', async () => {
    const answer = await api.get<unknown>('/gone', { validateStatus: (status) => status === 404 })
    expect([answer.status, answer.data]).toEqual([404, { error: 'no such thing' }])
  })

  it('keeps parameters, headers and credentials', async () => {
    const fetch = vi.fn<LatchkeyClient['fetch']>(async () => new Response('{}'))
    const own = create({ ...withClient({ fetch }), baseURL: counter.url })
    await own.put('/x', 'text', { params: { page: 2 }, headers: { 'X-Own': '1' }, withCredentials: true })
    const [url, init] = fetch.mock.calls[0]!
    expect(url).toBe(`${counter.url}/x?page=2`)
    expect(init).toMatchObject({ method: 'PUT', body: 'text', credentials: 'include', headers: { 'X-Own': '1' } })
  })

  it('sends bare when nobody is signed in (C28)', async () => {
    await counter.client.signOut()
    expect((await api.get('/open')).data).toEqual({ open: true })
    expect((await failureOf(api.get('/me')))['status']).toBe(401)
    expect(counter.seen.filter(({ route }) => route.startsWith('GET')).some(({ hasToken }) => hasToken)).toBe(false)
    expect(counter.renewals()).toBe(0)
  })

  it('leaves the axios of everybody else alone (C1)', async () => {
    expect(axios.defaults.env?.fetch).toBeUndefined()
    expect((await failureOf(axios.get(`${counter.url}/me`)))['status']).toBe(401)
  })
})
