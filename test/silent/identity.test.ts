// A request belongs to the user who made it: it is never sent as somebody else, nor as nobody.

import { describe, expect, it } from 'vitest'
import { passes, signedInTab, signedInTabs } from './tabs-begin.ts'
import { credentials, hold, withWorld, failure, type Echo, type Tab } from './world/index.ts'

const lifeMs = 600_000
const grace = { ...credentials, username: 'grace' }
const post = { method: 'POST', body: 'pay 100 from my account' }

const subjectOf = (authorization = ''): string => {
  const [, payload = ''] = authorization.split('.')
  return payload && (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub: string }).sub
}

describe('a request of one user', () => {
  it('is not sent again as another one, who has signed in before its 401 came (C11, C22)', () =>
    withWorld({}, async (world) => {
      const { server, settle } = world
      const tab = await signedInTab(world)
      const held = hold('request')
      server.next('/echo', held)
      const asked = tab.client.fetch('/echo', post)
      await held.arrived
      await tab.client.signIn(grace)
      held.release()
      const answer = await asked
      await settle()
      expect(answer.status).toBe(401)
      expect(
        server.requests.filter(({ path }) => path === '/echo').map(({ headers }) => subjectOf(headers.authorization)),
      ).toEqual(['id-of-ada'])
    }))

  it('is not sent as another one, who has signed in while it waited for a token (C22)', () =>
    withWorld({}, async (world) => {
      const { server, settle } = world
      const [one, two] = (await signedInTabs(world, 2)) as [Tab, Tab]
      passes(world, lifeMs)
      const held = hold('request')
      server.next('/token', held)
      const asked = two.client.fetch('/echo', post).then(
        async (answer) => ((await answer.json()) as Echo).headers.authorization,
        () => undefined,
      )
      await held.arrived
      const entering = one.client.signIn(grace)
      await settle()
      one.clock.advance(6000)
      await entering
      await settle()
      held.release()
      expect(subjectOf(await asked)).toBe('')
    }))

  it('is not sent as nobody’s, where he has signed out in another tab while it waited (C22)', () =>
    withWorld({}, async (world) => {
      const { server, settle } = world
      const [one, two] = (await signedInTabs(world, 2)) as [Tab, Tab]
      passes(world, lifeMs)
      const held = hold('request')
      server.next('/token', held)
      const asked = failure(two.client.fetch('/open/echo', post))
      await held.arrived
      const leaving = one.client.signOut()
      await settle()
      held.release()
      await settle()
      expect(['SignedOut', 'RefreshRejected']).toContain(await asked)
      await leaving
      expect(server.count('/open/echo')).toBe(0)
    }))
})

describe('a sign-out after a second sign-in was begun', () => {
  it('leaves nobody signed in (C22)', () =>
    withWorld({}, async (world) => {
      const { server, settle } = world
      const tab = await signedInTab(world)
      const held = hold('request')
      server.next('/login', held)
      const entering = tab.client.signIn(grace)
      await held.arrived
      const leaving = tab.client.signOut()
      held.release()
      await entering
      await leaving
      await settle()
      expect(tab.client.state.status).toBe('anonymous')
    }))
})
