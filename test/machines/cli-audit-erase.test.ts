// A user who must be forgotten: deleted, signed out everywhere, and taken out of the audit trail, in which the facts stay.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, claimsOf, renew, signIn } from '../helpers/requests.ts'
import { until } from '../helpers/server.ts'
import { Audited } from './audit-command.ts'

let trail: Audited
beforeAll(async () => {
  trail = await Audited.start()
})
afterAll(() => trail.server.remove())

test('users remove deletes a user, ends his sessions and keeps his rows; --erase takes him out of them (PR-4, SE-7)', async () => {
  const emil = await trail.newUser('emil')
  const fred = await trail.newUser('fred')
  const [one, two] = [await signIn(trail.url, emil), await signIn(trail.url, fred)]
  const wrong = { username: 'fred', password: 'a wrong password' }
  expect((await ask(trail.url, 'POST /login', { body: wrong })).status).toBe(401)
  await trail.rowsOnce(`--user fred --event sign_in_refused`, 1)
  expect(JSON.parse(await trail.said('users remove emil --json'))).toEqual({
    id: emil.id,
    name: 'emil',
    sessionsEnded: 1,
    rowsErased: 0,
  })
  expect(JSON.parse(await trail.said('users remove fred --erase --json'))).toMatchObject({
    sessionsEnded: 1,
    rowsErased: 5,
  })
  for (const { accessToken, refreshToken } of [one, two]) {
    const refused = async (): Promise<boolean> =>
      (await ask(trail.url, 'GET /me', { bearer: accessToken })).status === 401
    await until('the access token is refused', refused, 5000)
    expect((await renew(trail.url, refreshToken)).status).toBe(403)
  }
  expect((await ask(trail.url, 'POST /login', { body: emil })).status).toBe(401)
  expect((await trail.rowsOf(`--subject ${emil.id}`)).map(({ event }) => event)).toEqual([
    'user_removed',
    'revoked',
    'signed_in',
    'user_added',
  ])
  expect(await trail.rowsOf(`--subject ${fred.id}`)).toEqual([])
  const all = JSON.stringify(await trail.exported())
  for (const trace of [fred.id, 'fred', String(claimsOf(two.accessToken)['sid'])]) expect(all).not.toContain(trace)
  expect((await trail.run('users remove emil')).code).toBe(3)
})

test('audit erase frees the trail of a user, once, and says so in it (PR-4)', async () => {
  const gina = await trail.newUser('gina')
  const { accessToken } = await signIn(trail.url, gina)
  await trail.rowsOnce('--user gina', 2)
  expect(JSON.parse(await trail.said('audit erase --user gina --json'))).toEqual({ rowsErased: 2 })
  expect(JSON.parse(await trail.said(`audit erase --subject ${gina.id} --json`))).toEqual({ rowsErased: 0 })
  const all = await trail.exported()
  expect(JSON.stringify(all)).not.toContain(gina.id)
  expect(JSON.stringify(all)).not.toContain(String(claimsOf(accessToken)['sid']))
  const told = all.filter(({ event }) => event === 'user_erased').at(-1)
  expect(told).toMatchObject({ actor: 'cli', subject: expect.stringMatching(/^erased:[0-9a-f]{16}$/) })
  expect(all.filter(({ subject }) => subject === told?.subject).map(({ event }) => event)).toEqual([
    'user_added',
    'signed_in',
    'user_erased',
  ])
  // He is no less a user by it.
  expect((await ask(trail.url, 'GET /me', { bearer: accessToken })).status).toBe(200)
})
