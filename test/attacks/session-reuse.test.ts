// Attack case 34, on every database: a copy of a refresh token comes back. Before and after its successor was used, the
// thief first or the owner first, from elsewhere, inside the leeway and after it, after a sign-out, and in fifties and
// hundreds at once. One refresh token has one successor (I2), and whatever was ended stays ended (I10).

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, generationOf, renew, signed, signIn, type Answer, type Signed } from '../helpers/requests.ts'
import type { TestServer } from '../helpers/server.ts'
import { places, type Place } from './places.ts'

const elsewhere = { 'User-Agent': 'thief/1', 'X-Forwarded-For': '203.0.113.9', Forwarded: 'for=203.0.113.9' }
const forbidden = { status: 403, text: '{"error":"Forbidden"}' }

describe.each(places)('attack 34: an old refresh token comes back (%s)', (_name, missing, open) => {
  let place: Place
  /** With a leeway, and without. */
  let lenient: TestServer
  let strict: TestServer
  let owner: { readonly username: string; readonly password: string }
  beforeAll(async () => {
    if (missing !== null) return
    place = await open()
    lenient = await place.node({ LATCHKEY_THROTTLE_RENEWALS_PER_MINUTE: '100000' })
    strict = await place.node({ LATCHKEY_LEEWAY_SECONDS: '0' })
    owner = lenient.administrator
  }, 60_000)
  afterAll(() => place?.remove())

  const begin = (): Promise<Signed> => signIn(lenient.url, owner)
  const asThief = (node: TestServer, refreshToken: string): Promise<Answer> =>
    ask(node.url, 'POST /token', { body: { refreshToken }, headers: elsewhere })
  const next = async (node: TestServer, { refreshToken }: Signed): Promise<Signed> =>
    signed(await renew(node.url, refreshToken))
  const meOf = async (node: TestServer, { accessToken }: Signed): Promise<number> =>
    (await ask(node.url, 'GET /me', { bearer: accessToken })).status

  async function expectOver(node: TestServer, ...pairs: readonly Signed[]): Promise<void> {
    for (const pair of pairs) {
      expect(await renew(node.url, pair.refreshToken)).toMatchObject(forbidden)
      expect(await meOf(node, pair)).toBe(401)
    }
  }

  test.skipIf(missing)(
    'A → B → C, then A again: the family is over, the newest token and all access tokens too (RT-2, RT-3)',
    async () => {
      const a = await begin()
      const b = await next(lenient, a)
      const c = await next(lenient, b)
      expect(await asThief(lenient, a.refreshToken)).toMatchObject(forbidden)
      await expectOver(lenient, a, b, c)
    },
  )

  test.skipIf(missing)(
    'the thief first, the owner second: the owner ends what the thief has begun (RT-3)',
    async () => {
      const a = await begin()
      const stolen = signed(await asThief(strict, a.refreshToken))
      expect(await renew(strict.url, a.refreshToken)).toMatchObject(forbidden)
      await expectOver(strict, a, stolen)
    },
  )

  test.skipIf(missing)(
    'the owner first, the thief second, successor unused: without a leeway it is over (RT-4)',
    async () => {
      const a = await begin()
      const b = await next(strict, a)
      expect(await asThief(strict, a.refreshToken)).toMatchObject(forbidden)
      await expectOver(strict, a, b)
    },
  )

  test.skipIf(missing)(
    'inside the leeway a second copy gets the one successor, and never a second branch (RT-4, I2)',
    async () => {
      const a = await begin()
      const b = await next(lenient, a)
      expect(signed(await asThief(lenient, a.refreshToken)).refreshToken).toBe(b.refreshToken)
      const c = await next(lenient, b)
      expect(generationOf(c.refreshToken)).toBe(3)
      expect(await asThief(lenient, a.refreshToken)).toMatchObject(forbidden)
      await expectOver(lenient, a, b, c)
    },
  )

  test.skipIf(missing)(
    'after a sign-out no generation of it does anything, and none reports anything else (RT-12, I10)',
    async () => {
      const a = await begin()
      const b = await next(lenient, a)
      expect((await ask(lenient.url, 'POST /logout', { body: { refreshToken: a.refreshToken } })).status).toBe(204)
      for (const pair of [a, b]) expect(await asThief(lenient, pair.refreshToken)).toMatchObject(forbidden)
      await expectOver(lenient, a, b)
    },
  )

  test.skipIf(missing)(
    'a keyed session: whoever has only the token gets nothing at any depth, and the owner goes on',
    async () => {
      const client = await KeyedClient.signIn(lenient.url, owner)
      const seen: string[] = []
      for (let round = 0; round < 3; round += 1) {
        seen.push(client.refreshToken)
        expect(await asThief(lenient, client.refreshToken)).toMatchObject(forbidden)
        expect((await client.renew(lenient.url)).status).toBe(200)
        for (const token of seen) expect(await asThief(lenient, token)).toMatchObject(forbidden)
      }
      expect(generationOf(client.refreshToken)).toBe(4)
      expect((await client.renew(lenient.url)).status).toBe(200)
    },
  )

  test.skipIf(missing).each([2, 50, 500])(
    '%i at once: one successor, which goes on alone (I2, OP-1)',
    async (count) => {
      const a = await begin()
      const answers = await Promise.all(Array.from({ length: count }, () => asThief(lenient, a.refreshToken)))
      expect([...new Set(answers.map(({ status }) => status))]).toEqual([200])
      const successors = new Set(answers.map((answer) => signed(answer).refreshToken))
      expect(successors.size).toBe(1)
      const b = signed(answers[0]!)
      expect(generationOf((await next(lenient, b)).refreshToken)).toBe(3)
    },
  )

  test.skipIf(missing)('fifty old copies at once end one session once, and nobody else’s (RT-3)', async () => {
    const [a, bystander] = [await begin(), await begin()]
    const b = await next(lenient, a)
    const c = await next(lenient, b)
    const answers = await Promise.all(Array.from({ length: 50 }, () => asThief(lenient, a.refreshToken)))
    for (const answer of answers) expect(answer).toMatchObject(forbidden)
    await expectOver(lenient, a, b, c)
    expect(await meOf(lenient, bystander)).toBe(200)
    expect(generationOf((await next(lenient, bystander)).refreshToken)).toBe(2)
  })
})
