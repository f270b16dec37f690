// Attack cases 35, 36 and 38, on every database: using what should be over. An account that was disabled or got another
// password, a session that was signed out while a renewal was under way, a privilege that was taken away.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, renew, signed, signIn, type Answer, type Signed } from '../helpers/requests.ts'
import { until, type Credentials, type TestServer } from '../helpers/server.ts'
import { places, type Place } from './places.ts'

const forbidden = { status: 403, text: '{"error":"Forbidden"}' }
/** A node hears of what the command line has ended within this. */
const heardMs = 3000

describe.each(places)('on %s,', (_name, missing, open) => {
  let place: Place
  let node: TestServer
  let added = 0
  beforeAll(async () => {
    if (missing !== null) return
    place = await open()
    node = await place.node()
  }, 60_000)
  afterAll(() => place?.remove())

  async function someone(): Promise<Credentials> {
    const username = `user${(added += 1)}`
    const ran = await place.run(node, 'users', 'add', username, '--json')
    return { username, password: (JSON.parse(ran.stdout) as { password: string }).password }
  }
  const me = async (bearer: string): Promise<number> => (await ask(node.url, 'GET /me', { bearer })).status
  const login = (body: Credentials): Promise<Answer> => ask(node.url, 'POST /login', { body })

  async function expectOver(...pairs: readonly Signed[]): Promise<void> {
    for (const { accessToken, refreshToken } of pairs) {
      await until('the access token is refused', async () => (await me(accessToken)) === 401, heardMs)
      expect(await renew(node.url, refreshToken)).toMatchObject(forbidden)
      expect((await ask(node.url, 'GET /sessions', { bearer: accessToken })).status).toBe(401)
    }
  }

  describe('attack 35: a renewal after the reason for it is gone', () => {
    test.skipIf(missing)(
      'after a new password: every session is over, the old password too (RT-13, SE-8)',
      async () => {
        const who = await someone()
        const [one, two] = [await signIn(node.url, who), await signIn(node.url, who)]
        const { stdout } = await place.run(node, 'users', 'passwd', who.username, '--json')
        await expectOver(one, two)
        expect((await login(who)).status).toBe(401)
        const { password } = JSON.parse(stdout) as { password: string }
        signed(await login({ ...who, password }))
      },
    )

    test.skipIf(missing)(
      'after the account was disabled: over, and no sign-in with the right password (RT-13, SE-7)',
      async () => {
        const who = await someone()
        const one = await signIn(node.url, who)
        const keyed = await KeyedClient.signIn(node.url, who)
        await place.run(node, 'users', 'disable', who.username)
        await expectOver(one)
        expect((await keyed.send(node.url)).status).toBe(403)
        expect(await login(who)).toMatchObject({ status: 401, text: '{"error":"Unauthorized"}' })
      },
    )

    test.skipIf(missing)(
      'after a disabled account was enabled again: what was ended stays ended (I10, OP-2)',
      async () => {
        const who = await someone()
        const one = await signIn(node.url, who)
        await place.run(node, 'users', 'disable', who.username)
        await place.run(node, 'users', 'enable', who.username)
        await expectOver(one)
        signed(await login(who))
      },
    )

    test.skipIf(missing)('after the user was removed: over, and nobody can sign in as him (SE-7)', async () => {
      const who = await someone()
      const one = await signIn(node.url, who)
      const { code, stderr } = await place.run(node, 'users', 'remove', who.username)
      expect([code, stderr]).toEqual([0, ''])
      await expectOver(one)
      expect((await login(who)).status).toBe(401)
    })
  })

  describe('attack 36: a sign-out that is not one', () => {
    test.skipIf(missing)('after it, access and refresh token are refused at once (SE-6, RT-12)', async () => {
      const one = await signIn(node.url, node.administrator)
      expect(await me(one.accessToken)).toBe(200)
      await ask(node.url, 'POST /logout', { body: { refreshToken: one.refreshToken } })
      expect(await me(one.accessToken)).toBe(401)
      await expectOver(one)
    })

    test.skipIf(missing)('renewals under way while it commits: none of them outlives it (I10, OP-2)', async () => {
      for (let round = 0; round < 10; round += 1) {
        const one = await signIn(node.url, node.administrator)
        const renewing = Array.from({ length: 6 }, () => renew(node.url, one.refreshToken))
        const ending = ask(node.url, 'POST /logout', { body: { refreshToken: one.refreshToken } })
        const answers = await Promise.all([
          ...renewing,
          ...Array.from({ length: 3 }, () => renew(node.url, one.refreshToken)),
        ])
        expect((await ending).status).toBe(204)
        const won = answers.filter(({ status }) => status === 200).map(signed)
        expect(answers.every(({ status }) => status === 200 || status === 403)).toBe(true)
        await expectOver(one, ...won)
      }
    })

    test.skipIf(missing)('it can be repeated, and of nothing, and says 204 always', async () => {
      const one = await signIn(node.url, node.administrator)
      const bodies = [
        { refreshToken: one.refreshToken },
        { refreshToken: one.refreshToken },
        {},
        { token: 'x' },
        undefined,
      ]
      for (const body of bodies) expect((await ask(node.url, 'POST /logout', { body })).status).toBe(204)
    })

    test.skipIf(missing)('everywhere means everywhere, sign-ins at the same moment too or after it (I10)', async () => {
      const who = await someone()
      const begun = await Promise.all([1, 2, 3].map(() => signIn(node.url, who)))
      const racing = [1, 2, 3].map(() => login(who))
      expect((await ask(node.url, 'POST /logout/all', { bearer: begun[0]!.accessToken })).status).toBe(204)
      await expectOver(...begun)
      for (const answer of await Promise.all(racing)) expect([200, 403, 503]).toContain(answer.status)
    })
  })

  describe('attack 38: a privilege that was taken away', () => {
    test.skipIf(missing)('is gone at the next request, although the access token lives on (AT-6)', async () => {
      const who = await someone()
      const one = await signIn(node.url, who)
      expect((await ask(node.url, 'GET /me', { bearer: one.accessToken })).body).toMatchObject({ admin: false })
      await place.run(node, 'users', 'disable', who.username)
      await until('the next request is refused', async () => (await me(one.accessToken)) === 401, heardMs)
    })
  })
})
