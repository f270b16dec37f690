// What happens to a session beside the client: the list of devices, a sign-in by a route of the application, a router that
// has moved, a server that hears of a sign-out only at the second try.

import { createClient } from 'latchkey/client'
import { describe, expect, it } from 'vitest'
import { firstOf, signedInTab, signedInTabs } from './tabs-begin.ts'
import { credentials, html, withWorld, type ServerOptions } from './world/index.ts'

const cookieMode = { method: 'POST', credentials: 'include', headers: { 'Latchkey-Transport': 'cookie' } } as const

describe('a sign-out', () => {
  it('reaches the other tabs also where the server has taken the cookies away already (C20)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const tabs = await signedInTabs(world, 2)
      const answer = await firstOf(tabs).client.fetch('/logout/all', { method: 'POST', credentials: 'include' })
      expect([answer.status, browser.jar.visible(new URL(server.url)).size]).toEqual([204, 0])
      await firstOf(tabs).client.signOut()
      await settle()
      expect(tabs.map(({ client }) => client.state.status)).toEqual(['anonymous', 'anonymous'])
    }))

  const reopened = [
    ['in the same page', false],
    ['after a reload', true],
  ] as const

  it.each(reopened)('that the server has not heard of is told it by the next one, %s (C36)', (_name, isReloaded) =>
    withWorld({}, async (world) => {
      const { browser, server } = world
      const tab = await signedInTab(world)
      server.next('/logout', html(502))
      expect(await tab.client.signOut()).toEqual({ revoked: false })
      expect(browser.jar.header(new URL(server.url))).not.toBe('')
      const { client } = isReloaded ? browser.openTab() : tab
      expect(await client.signOut()).toEqual({ revoked: true })
      expect([server.count('/logout'), server.told('revoked'), browser.jar.header(new URL(server.url))]).toEqual([
        2,
        1,
        '',
      ])
    }),
  )
})

describe('a client outside of a page that is not told where to keep tokens', () => {
  it('is refused its sign-in, and not forgotten later (C4, C41)', () =>
    withWorld({}, async ({ server }) => {
      const client = createClient({ baseUrl: server.url })
      const refusal = { code: 'SignInRefused', status: 403, reason: 'origin' }
      await expect(client.signIn(credentials)).rejects.toMatchObject(refusal)
      expect((await client.restore()).status).toBe('anonymous')
      client.dispose()
    }))
})

describe('an anonymous tab', () => {
  it('is signed in, and not left unknown, where another tab signs in whose token it cannot open (C3, C20)', () =>
    withWorld({}, async ({ browser, settle }) => {
      browser.keepsKeys = false
      const [first, second] = [browser.openTab(), browser.openTab()]
      await second.client.restore()
      await first.client.signIn(credentials)
      await settle()
      expect(second.client.state.status).toBe('authenticated')
    }))

  it('is signed in when it is looked at after a sign-in by a route of the application (C3, C26)', () => {
    const mount: ServerOptions['mount'] = (app, sessions) =>
      void app.post('/by-mail', (req, res) => sessions.signIn(req, res, { id: 'id-of-ada' }))
    return withWorld({ mount }, async ({ browser, server, settle }) => {
      const tab = browser.openTab()
      await tab.client.restore()
      expect((await browser.fetchOfPage(`${server.url}/by-mail`, cookieMode)).status).toBe(200)
      tab.wake()
      await settle()
      expect([tab.client.state.status, server.count('/token')]).toEqual(['authenticated', 1])
    })
  })
})

describe('a router that has moved', () => {
  it('keeps the sessions of its users (C41)', () =>
    withWorld({ mount: (app, sessions) => void app.use('/auth', sessions.router) }, async ({ browser, server }) => {
      const old = browser.openTab({ baseUrl: `${server.url}/auth` })
      await old.client.signIn(credentials)
      const { sessionId } = old.client.state
      old.kill()
      const { client } = browser.openTab()
      expect(await client.restore()).toMatchObject({ status: 'authenticated', sessionId })
    }))
})
