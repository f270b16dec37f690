// The device list and its endings: everybody sees and ends his own sessions and nobody else's, whatever ids he names,
// and whoever has been signed out is out on his very next request.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ask, claimsOf, renew, signIn, type Answer, type Signed } from '../helpers/requests.ts'
import { addUser, startServer, type Credentials, type TestServer } from '../helpers/server.ts'

let server: TestServer
let bob: Credentials
let [mine, second, his]: Signed[] = []
beforeAll(async () => {
  server = await startServer()
  bob = await addUser(server.folder, 'bob', 'the word of bob')
})
afterAll(() => server.remove())
beforeEach(async () => {
  const old = await signIn(server.url, server.administrator)
  await ask(server.url, 'DELETE /sessions', { bearer: old.accessToken })
  await ask(server.url, 'POST /logout', { body: old })
  const firefox = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0' }
  mine = await signIn(server.url, server.administrator, firefox)
  second = await signIn(server.url, server.administrator)
  his = await signIn(server.url, bob)
})

const idOf = (signed: Signed | undefined): string => String(claimsOf(signed?.accessToken ?? '')['sid'])
const as = (who: Signed | undefined, route: string): Promise<Answer> =>
  ask(server.url, route, { bearer: who?.accessToken ?? '' })
const works = async (who: Signed | undefined): Promise<number[]> => [
  (await as(who, 'GET /me')).status,
  (await as(who, 'GET /sessions')).status,
]
const alive = [200, 200]
const ended = [401, 401]

interface Device {
  readonly id: string
  readonly current: boolean
  readonly label: string
}
const devicesOf = (answer: Answer): readonly Device[] => (answer.body as { sessions: Device[] }).sessions

test('lists the caller’s own sessions, the newest first, each with exactly six members (RT-16, SE-10)', async () => {
  const answer = await as(mine, 'GET /sessions')
  const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string
  const common = { createdAt: instant, lastSeenAt: instant, place: '127.0.0.0' }
  expect(answer.body).toEqual({
    sessions: [
      { id: idOf(second), label: 'Node.js', current: false, ...common },
      { id: idOf(mine), label: 'Firefox on Linux', current: true, ...common },
    ],
  })
  expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([200, 'no-store'])
})

test('shows neither the inner id, nor a token, nor the generation of any session', async () => {
  const { text } = await as(mine, 'GET /sessions')
  const inner = Buffer.from(mine?.refreshToken.slice(5) ?? '', 'base64url')
  expect(text).not.toContain(inner.toString('hex', 1, 17))
  expect(text).not.toContain(inner.toString('base64url', 1, 17))
  expect(text).not.toContain('lkr1_')
})

test('ends one session by its id, and its access token fails on the very next request (I10, RT-16, SE-10)', async () => {
  const answer = await as(mine, `DELETE /sessions/${idOf(second)}`)
  expect([answer.status, answer.text]).toEqual([204, ''])
  expect(await works(second)).toEqual(ended)
  expect((await renew(server.url, second?.refreshToken ?? '')).status).toBe(403)
  expect(await works(mine)).toEqual(alive)
  expect(devicesOf(await as(mine, 'GET /sessions')).map(({ id }) => id)).toEqual([idOf(mine)])
})

test('answers 204 to another user’s id, to nobody’s and to its own again, and nothing happens', async () => {
  const ids = [idOf(his), 'AAAAAAAAAAAAAAAAAAAAAA', 'x', '-', '0'.repeat(64)]
  for (const id of ids) {
    const answer = await as(mine, `DELETE /sessions/${id}`)
    expect([answer.status, answer.text]).toEqual([204, ''])
  }
  expect(await works(his)).toEqual(alive)
  expect((await renew(server.url, his?.refreshToken ?? '')).status).toBe(200)
  expect(devicesOf(await as(his, 'GET /sessions')).some(({ id }) => id === idOf(his))).toBe(true)
  await as(mine, `DELETE /sessions/${idOf(second)}`)
  expect((await as(mine, `DELETE /sessions/${idOf(second)}`)).status).toBe(204)
})

test('answers another user’s id and nobody’s id with the same bytes', async () => {
  const seen = async (id: string): Promise<unknown> => {
    const { status, text, headers } = await as(mine, `DELETE /sessions/${id}`)
    return { status, text, headers: [...headers].filter(([name]) => name !== 'date') }
  }
  expect(await seen(idOf(his))).toEqual(await seen('AAAAAAAAAAAAAAAAAAAAAA'))
})

const oddIds: readonly (readonly [string, string])[] = [
  ['of 65 characters', '0'.repeat(65)],
  ['of 2000 characters', 'a'.repeat(2000)],
  ['with a dot', 'a.b'],
  ['that is a NUL', '%00'],
  ['with a slash in it', '..%2fme'],
  ['of SQL', "'%20OR%201=1--"],
]
test.each(oddIds)(
  'answers 204 to an id %s, as to any that is not the caller’s, and nothing happens',
  async (_name, id) => {
    const answer = await as(mine, `DELETE /sessions/${id}`)
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect(await works(second)).toEqual(alive)
  },
)

test('never says 405 and allows the very method that was used', async () => {
  const answer = await as(mine, `DELETE /sessions/${'0'.repeat(65)}`)
  expect(answer.headers.get('Allow')).toBe(null)
})

test('DELETE /sessions ends all others of the caller and nobody else’s (RT-16, SE-10)', async () => {
  const answer = await as(mine, 'DELETE /sessions')
  expect([answer.status, answer.text]).toEqual([204, ''])
  expect(await works(second)).toEqual(ended)
  expect(await works(mine)).toEqual(alive)
  expect(await works(his)).toEqual(alive)
})

test('POST /logout/all ends all of the caller’s, this one too, and nobody else’s (RT-16)', async () => {
  const answer = await as(mine, 'POST /logout/all')
  expect([answer.status, answer.text]).toEqual([204, ''])
  expect(await works(mine)).toEqual(ended)
  expect(await works(second)).toEqual(ended)
  expect(await works(his)).toEqual(alive)
  for (const gone of [mine, second]) expect((await renew(server.url, gone?.refreshToken ?? '')).status).toBe(403)
  expect((await as(mine, 'POST /logout/all')).status).toBe(401)
  expect(await works(await signIn(server.url, server.administrator))).toEqual(alive)
})

test('a caller who has been signed out can end nothing', async () => {
  await as(mine, `DELETE /sessions/${idOf(second)}`)
  for (const route of [`DELETE /sessions/${idOf(mine)}`, 'DELETE /sessions', 'POST /logout/all', 'GET /sessions']) {
    const answer = await as(second, route)
    expect([answer.status, answer.text]).toEqual([401, '{"error":"Unauthorized"}'])
    expect(answer.headers.get('WWW-Authenticate')).toContain('error="invalid_token"')
  }
  expect(await works(mine)).toEqual(alive)
})

test('a user agent cannot write control characters or markup into the list (PR-6)', async () => {
  const agent = 'Firefox/1 \t<script>alert(1)</script>\u0085\u00AD Linux'
  const odd = await signIn(server.url, server.administrator, { 'User-Agent': agent })
  const labels = devicesOf(await as(odd, 'GET /sessions')).map(({ label }) => label)
  expect(labels[0]).toBe('Firefox on Linux')
})

test('a header cannot say where a request comes from: no proxy is trusted unasked (SE-16)', async () => {
  const forwarded = { 'X-Forwarded-For': '203.0.113.9', 'X-Real-IP': '203.0.113.9', Forwarded: 'for=203.0.113.9' }
  const odd = await signIn(server.url, server.administrator, forwarded)
  expect((await as(odd, 'GET /sessions')).text).not.toContain('203.0.113')
})
