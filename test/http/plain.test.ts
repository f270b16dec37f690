// Plain sessions: what RFC 9700 asks of a token without proof. One successor whatever races, the same answer inside the
// leeway, and the alarm after it: an old token ends the session, because one of its two holders is a thief.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, generationOf, renew, signed, signIn, type Answer } from '../helpers/requests.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { credentials, day, withApp, type RunningApp } from './in-process.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.remove())

const tokenIn = (answer: Answer): string => signed(answer).refreshToken
const expectForbidden = ({ status, text }: Answer): void =>
  expect([status, text]).toEqual([403, '{"error":"Forbidden"}'])

test('fifty renewals of one token at once have one successor (I2, RT-4, OP-1)', async () => {
  let { refreshToken } = await signIn(server.url, server.administrator)
  for (let generation = 2; generation <= 4; generation += 1) {
    const token = refreshToken
    const answers = await Promise.all(Array.from({ length: 50 }, () => renew(server.url, token)))
    const successors = [...new Set(answers.map(tokenIn))]
    expect(successors.map(generationOf)).toEqual([generation])
    refreshToken = successors[0] ?? ''
  }
})

test('fifty renewals at once, of which one is signed out in the middle, leave nothing alive (I10, OP-2)', async () => {
  for (let round = 0; round < 3; round += 1) {
    const { refreshToken } = await signIn(server.url, server.administrator)
    const renewals = Array.from({ length: 50 }, () => renew(server.url, refreshToken))
    const out = await ask(server.url, 'POST /logout', { body: { refreshToken } })
    expect(out.status).toBe(204)
    for (const answer of await Promise.all(renewals)) {
      if (answer.status !== 200) expectForbidden(answer)
      else {
        expectForbidden(await renew(server.url, tokenIn(answer)))
        expect((await ask(server.url, 'GET /me', { bearer: signed(answer).accessToken })).status).toBe(401)
      }
    }
  }
})

const begun = async ({ url }: RunningApp): Promise<string> => (await signIn(url, credentials)).refreshToken

test('inside the leeway the old token gets the same successor again, and the leeway does not begin anew (RT-4, OP-8)', async () => {
  await withApp({}, async (app) => {
    const first = await begun(app)
    const second = tokenIn(await renew(app.url, first))
    for (let round = 0; round < 5; round += 1) {
      app.advance(2000)
      expect(tokenIn(await renew(app.url, first))).toBe(second)
    }
    app.advance(1)
    expectForbidden(await renew(app.url, first))
    expectForbidden(await renew(app.url, second))
  })
})

test('after the leeway the old token ends the session, its access tokens too, on the very next request (RT-2, RT-3)', async () => {
  await withApp({}, async (app) => {
    const first = await begun(app)
    const second = signed(await renew(app.url, first))
    app.advance(10_001)
    expect((await ask(app.url, 'GET /me', { bearer: second.accessToken })).status).toBe(200)
    expectForbidden(await renew(app.url, first))
    expect((await ask(app.url, 'GET /me', { bearer: second.accessToken })).status).toBe(401)
    expectForbidden(await renew(app.url, second.refreshToken))
  })
})

test('the token before the last ends the session at once: no leeway covers two generations (RT-3)', async () => {
  await withApp({}, async (app) => {
    const first = await begun(app)
    const third = tokenIn(await renew(app.url, tokenIn(await renew(app.url, first))))
    expectForbidden(await renew(app.url, first))
    expectForbidden(await renew(app.url, third))
  })
})

test('the alarm ends that one session and no other of the user', async () => {
  await withApp({}, async (app) => {
    const [first, other] = [await begun(app), await begun(app)]
    await renew(app.url, first)
    app.advance(11_000)
    expectForbidden(await renew(app.url, first))
    expect((await renew(app.url, other)).status).toBe(200)
  })
})

test('of two holders of one token, whoever comes first, the second raises the alarm', async () => {
  await withApp({}, async (app) => {
    const stolen = await begun(app)
    const thief = tokenIn(await renew(app.url, stolen))
    app.advance(60_000)
    expectForbidden(await renew(app.url, stolen))
    expectForbidden(await renew(app.url, thief))
  })
})

test('with a leeway of nothing every second use is an alarm (RT-3, RT-4)', async () => {
  await withApp({ latchkey: { leewaySeconds: 0 } }, async (app) => {
    const first = await begun(app)
    const second = tokenIn(await renew(app.url, first))
    app.advance(1)
    expectForbidden(await renew(app.url, first))
    expectForbidden(await renew(app.url, second))
  })
})

test('a session that is used every day lives to its absolute end and not a moment longer (RT-7, NI-1)', async () => {
  await withApp({}, async (app) => {
    let token = await begun(app)
    for (let days = 1; days < 30; days += 1) {
      app.advance(day)
      token = tokenIn(await renew(app.url, token))
    }
    app.advance(day - 1)
    token = tokenIn(await renew(app.url, token))
    app.advance(1)
    expectForbidden(await renew(app.url, token))
  })
})

test('a clock that goes back revives nothing that was signed out, and signs nobody out (OP-2, OP-4)', async () => {
  await withApp({}, async (app) => {
    const [ended, kept] = [await signIn(app.url, credentials), await signIn(app.url, credentials)]
    await ask(app.url, 'POST /logout', { body: ended })
    app.advance(-3_600_000)
    expectForbidden(await renew(app.url, ended.refreshToken))
    expect((await ask(app.url, 'GET /me', { bearer: ended.accessToken })).status).toBe(401)
    expect((await renew(app.url, kept.refreshToken)).status).toBe(200)
  })
})
