// The page of the ready-made server in a real browser, button by button. The mistake it prevents: everything behind the
// page is right, and the newcomer who opens it sees a dead button, an old sentence or a breach of the content security
// policy. Whatever a test does, the console stays clean and nothing is left in storage, cookies or addresses.

import { describe, expect } from 'vitest'
import { pageTest, Visit, withoutBrowser } from '../helpers/browser.ts'
import { addUser } from '../helpers/server.ts'

const test = pageTest()

describe.skipIf(withoutBrowser)('the page', () => {
  describe('signing in', () => {
    for (const kind of ['keyed', 'plain'] as const) {
      test(`begins a ${kind} session with its first generation`, async ({ visit, server }) => {
        await visit.signIn(server.administrator, kind)
        await visit.says('who', `admin, ${kind} session`)
        await visit.says('outcome-sign-in', 'You are signed in.')
        expect(await visit.generation()).toBe(1)
        expect(await visit.lines()).toEqual(['POST /login 200'])
      })
    }

    test('I4 the page shows neither the password nor the session key, and keeps neither in a field', async ({
      visit,
      server,
    }) => {
      const answered = visit.page.waitForResponse((response) => response.url().endsWith('/login'))
      await visit.signIn(server.administrator, 'keyed')
      const { sessionKey } = (await (await answered).json()) as { sessionKey: string }
      expect(sessionKey).toHaveLength(43)
      await visit.page.locator('#log .expander').first().click()
      const shown = await visit.page.content()
      for (const secret of [sessionKey, server.administrator.password]) expect(shown).not.toContain(secret)
      expect(await visit.page.locator('#password').inputValue()).toBe('')
    })

    test('with a wrong password is refused, and the right one is taken next', async ({ visit, server }) => {
      await visit.submit({ username: 'admin', password: 'not this one' }, 'keyed')
      await visit.says('outcome-sign-in', 'User name or password is wrong. The server does not say which.')
      await visit.says('session-state', 'signed out')
      expect(await visit.lines()).toEqual(['POST /login 401'])
      expect(await visit.focused()).toBe('password')
      await visit.signIn(server.administrator, 'keyed')
    })

    test('is asked for by every button that needs a session', async ({ visit }) => {
      for (const id of ['call-me', 'renew', 'turn', 'replay', 'thief', 'fifty', 'list-sessions', 'sign-out']) {
        expect(await visit.page.locator(`#${id}`).getAttribute('aria-disabled'), id).toBe('true')
        await visit.page.locator(`#${id}`).click({ force: true })
      }
      await visit.says('say-result', 'Sign in first')
      await visit.says('replay-generation', 'None yet')
      expect(await visit.lines()).toEqual([])
    })
  })

  describe('the access token', () => {
    test('opens /me', async ({ visit, server }) => {
      await visit.signIn(server.administrator, 'keyed')
      await visit.act('call-me', 'access', /^GET \/me answered\. The access token has .* left\./)
      expect(await visit.lines()).toEqual(['POST /login 200', 'GET /me 200'])
    })

    test('that was thrown away is replaced before the next call, unasked', async ({ visit, server }) => {
      await visit.signIn(server.administrator, 'keyed')
      await visit.act('drop-access', 'access', 'The access token is gone.')
      await visit.act('call-me', 'access', 'The page renewed on the way, and asked you nothing.')
      expect(await visit.lines()).toEqual(['POST /login 200', 'POST /token 200', 'GET /me 200'])
      expect(await visit.generation()).toBe(2)
    })

    test('that the server refuses is renewed once, and the call is sent again', async ({ visit, server }) => {
      await visit.signIn(server.administrator, 'plain')
      await visit.act('spoil-access', 'access', 'One character of the access token is wrong now.')
      await visit.act('call-me', 'access', 'GET /me answered.')
      expect((await visit.lines()).slice(1)).toEqual(['GET /me 401', 'POST /token 200', 'GET /me 200'])
    })
  })

  describe('the refresh token', () => {
    test('counts its generations, one for each renewal', async ({ visit, server }) => {
      await visit.signIn(server.administrator, 'keyed')
      for (const generation of [2, 3, 4]) {
        await visit.act('turn', 'generation', `Generation ${generation - 1} became ${generation}, with`)
        expect(await visit.generation()).toBe(generation)
      }
      await visit.says('token-bytes', '00000004')
    })

    test('of a keyed session may come again however old it is', async ({ visit, server }) => {
      await visit.signIn(server.administrator, 'keyed')
      for (const generation of [2, 3]) await visit.act('renew', 'access', `became ${generation}, with`)
      await visit.page.locator('#replay-generation').selectOption('1')
      await visit.act('replay', 'replay', 'Nothing is lost. The proof shows that the owner is asking again')
      await visit.says('log', 'The answer is token 3 again, the same to the last character.')
      await visit.says('session-state', 'signed in')
    })

    test('of a plain session may come again inside the leeway', async ({ visit, server }) => {
      await visit.signIn(server.administrator, 'plain')
      await visit.act('replay', 'replay', 'Inside the leeway the server takes a repeat for a lost answer')
      await visit.says('log', 'The answer is token 2 again, the same to the last character.')
      await visit.says('leeway', /Leeway: about \d+ s left/)
    })

    test('is worth nothing to a thief without the session key, and the owner goes on', async ({ visit, server }) => {
      await visit.signIn(server.administrator, 'keyed')
      await visit.act('thief', 'thief', 'The thief got nothing')
      expect((await visit.lines()).slice(1)).toEqual(['POST /token 403', 'POST /token 200'])
      await visit.act('call-me', 'access', 'GET /me answered.')
    })

    test('of a plain session serves the thief as well, and the page says so', async ({ visit, server }) => {
      await visit.signIn(server.administrator, 'plain')
      await visit.act('thief', 'thief', 'The thief has a token now: that is the limit of a plain session.')
    })

    for (const kind of ['keyed', 'plain'] as const) {
      test(`I2 fifty at once get one successor, in a ${kind} session`, async ({ visit, server }) => {
        await visit.signIn(server.administrator, kind)
        const sentence = '50 of 50 succeeded, and all carry one and the same successor. Generation 1 became 2, once.'
        await visit.act('fifty', 'fifty', sentence)
        expect(await visit.generation()).toBe(2)
        expect((await visit.journal()).at(-1)).toEqual({ route: 'POST /token', status: 200, times: 50 })
        await visit.act('renew', 'access', 'became 3, with')
      })
    }
  })

  describe('the end', () => {
    test('I10 comes at sign-out: the access token is refused at once (NI-10)', async ({ visit, server }) => {
      await visit.signIn(server.administrator, 'keyed')
      await visit.act('sign-out', 'sign-out', /^You are signed out\. .* left, and the server refuses it already\./)
      await visit.says('session-state', /^signed out$/)
      expect((await visit.lines()).slice(1)).toEqual(['POST /logout 204', 'GET /me 401'])
      expect(await visit.page.locator('#username').isVisible()).toBe(true)
    })

    test('can be made for another device from the list, and that device learns of it at once', async ({
      visit,
      server,
      browser,
    }) => {
      const grace = await addUser(server.folder, 'grace', 'nanosecond wire')
      const phone = await Visit.open(browser, server.url)
      await phone.signIn(grace, 'plain')
      await visit.signIn(grace, 'keyed')
      await visit.act('list-sessions', 'devices', 'You have 2 sessions.')
      const devices = visit.page.locator('#sessions li')
      await devices.and(visit.page.locator('[data-current="false"]')).getByTestId('end-session').click()
      await visit.says('outcome-devices', 'is signed out. Its access token is refused from now on')
      expect(await devices.count()).toBe(1)
      await phone.act('call-me', 'access', 'The session has ended. Sign in again to start a new session.')
      await phone.says('session-state', 'session ended')
      await visit.says('session-state', 'signed in')
      await phone.leave()
    })

    test('can be made for this device from the list', async ({ visit, server }) => {
      await visit.signIn(server.administrator, 'keyed')
      await visit.act('list-sessions', 'devices', 'You have')
      await visit.page.locator('#sessions li[data-current="true"]').getByTestId('end-session').click()
      await visit.says('outcome-devices', 'Session ended: it was this one.')
      await visit.says('session-cause', 'you ended it from the list')
      expect((await visit.lines()).slice(-2)).toEqual([
        expect.stringMatching(/^DELETE \/sessions\/.* 204$/),
        'GET /me 401',
      ])
    })
  })
})
