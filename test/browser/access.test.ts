// The page for everybody: with a keyboard alone, with a screen reader, on a small screen, in the dark. The mistake it
// prevents: a page that its authors can use with their mouse on their screen, and that shuts out somebody else.

import { AxeBuilder } from '@axe-core/playwright'
import { describe, expect, vi } from 'vitest'
import { pageTest, Visit, withoutBrowser, type Look } from '../helpers/browser.ts'
import { addUser, type Credentials } from '../helpers/server.ts'

const looks: readonly Required<Look>[] = [
  { scheme: 'light', width: 1280 },
  { scheme: 'dark', width: 1280 },
  { scheme: 'light', width: 360 },
  { scheme: 'dark', width: 360 },
]

const test = pageTest()

describe.skipIf(withoutBrowser)('the page for everybody', () => {
  for (const look of looks) {
    test(`breaks no rule of axe and needs no horizontal scrolling at ${look.width} px in the ${look.scheme}, signed out and in`, async ({
      browser,
      server,
    }) => {
      const visit = await Visit.open(browser, server.url, look)
      expect(await violations(visit)).toEqual([])
      expect(await overflow(visit)).toBe(0)
      await fill(visit, server.administrator)
      for (const button of await visit.page.locator('.expander:visible').all()) await button.click()
      expect(await violations(visit)).toEqual([])
      expect(await overflow(visit)).toBe(0)
      await visit.leave()
    })
  }

  test('can be used with the keyboard alone, and the focus is never lost', async ({ visit, server }) => {
    const { keyboard } = visit.page
    await tabTo(visit, 'username')
    await keyboard.type(server.administrator.username)
    await keyboard.press('Tab')
    await keyboard.type(server.administrator.password)
    await keyboard.press('Enter')
    await visit.says('session-state', /^signed in$/)
    await vi.waitFor(async () => expect(await visit.focused()).toBe('signed-in'))
    await tabTo(visit, 'call-me')
    await keyboard.press('Enter')
    await visit.says('outcome-access', 'GET /me answered.')
    expect(await visit.focused()).toBe('call-me')
    await tabTo(visit, 'sign-out')
    await keyboard.press('Space')
    await visit.says('outcome-sign-out', 'You are signed out.')
    expect(await visit.focused()).toBe('sign-out')
  })

  test('tells a screen reader how an act went: results politely, refusals at once', async ({ visit, server }) => {
    const ada = await addUser(server.folder, 'ada', 'analytical engine')
    await visit.submit({ ...ada, password: 'difference engine' }, 'keyed')
    await visit.says('say-refusal', 'User name or password is wrong.')
    await visit.signIn(ada, 'keyed')
    await visit.says('say-result', 'You are signed in.')
    await visit.says('say-refusal', /^$/)
  })
})

/** Signs in and lets every step say something. */
async function fill(visit: Visit, credentials: Credentials): Promise<void> {
  await visit.signIn(credentials, 'keyed')
  await visit.act('call-me', 'access', 'GET /me answered.')
  await visit.act('turn', 'generation', 'became 2')
  await visit.act('replay', 'replay', 'Nothing is lost.')
  await visit.act('thief', 'thief', 'The thief got nothing')
  await visit.act('fifty', 'fifty', '50 of 50')
  await visit.act('list-sessions', 'devices', 'You have')
}

async function violations({ page }: Visit): Promise<string[]> {
  const found = await new AxeBuilder({ page }).analyze()
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}

/** By how many pixels the page is wider than its window. */
const overflow = ({ page }: Visit): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')

async function tabTo(visit: Visit, id: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await visit.page.keyboard.press('Tab')
    if ((await visit.focused()) === id) return
  }
  throw new Error(`the Tab key does not lead to #${id}`)
}
