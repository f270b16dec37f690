// examples/spa as a newcomer runs it: a process of its own, the built packages, a real Chromium, the page's own buttons. The
// mistake it prevents: the first program that anybody copies from us has a dead button, breaks its own content security
// policy, or signs people out when the server takes a break.

import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { withoutBrowser } from '../helpers/browser.ts'
import { exampleTest, says, seesNotes, signIn, Visitor } from './example-spa.ts'

const test = exampleTest()

async function violations(page: Page): Promise<string[]> {
  const found = await new AxeBuilder({ page }).analyze()
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}

const isAsked = (page: Page): Promise<void> => page.getByRole('button', { name: 'Sign in' }).waitFor()

describe.skipIf(withoutBrowser)('examples/spa', () => {
  test('asks a stranger to sign in, without a call to the server (C1, C28)', async ({ visitor }) => {
    const page = await visitor.tab()
    await isAsked(page)
    expect(visitor.paths).toEqual(['/', '/style.css', '/app.js'])
  })

  test('says that a password was wrong, and takes the right one next (C4)', async ({ visitor }) => {
    visitor.allowsFailures = true
    const page = await visitor.tab()
    await signIn(page, 'wrong')
    await says(page, 'message', /^User name or password is wrong\.$/)
    await signIn(page)
    await says(page, 'message', /^Hello, Ada\.$/)
    await seesNotes(page)
  })

  test('knows the user after a reload, and keeps no token where script finds it later (C25, C41)', async ({
    visitor,
  }) => {
    const page = await visitor.tab()
    await signIn(page)
    await seesNotes(page)
    const session = await page.locator('#session').textContent()
    await page.reload()
    await seesNotes(page)
    expect(await page.locator('#session').textContent()).toBe(session)
    const kept = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    )
    expect(kept).toBe(JSON.stringify([{}, {}, `latchkey-session=${session}`]))
  })

  test('renews by itself while somebody looks at it (C24)', async ({ visitor }) => {
    const page = await visitor.tab()
    await signIn(page)
    await seesNotes(page)
    const first = await page.locator('#renewed').textContent()
    await says(page, 'renewed', new RegExp(`^(?!${first}$)\\d`))
    await page.getByRole('button', { name: 'Load again' }).click()
    await seesNotes(page)
  })

  test('keeps two tabs in step, from sign-in to sign-out (C20, C48)', async ({ visitor }) => {
    const [one, other] = [await visitor.tab(), await visitor.tab()]
    await Promise.all([isAsked(one), isAsked(other)])
    await signIn(one)
    await seesNotes(one)
    await seesNotes(other)
    await one.getByRole('button', { name: 'Sign out' }).click()
    for (const page of [one, other]) {
      await says(page, 'message', /^Signed out, because you signed out\.$/)
      await isAsked(page)
      expect(await page.getByText('Bernoulli numbers').isVisible()).toBe(false)
    }
    await other.reload()
    await isAsked(other)
  })

  test('stays signed in while the server is away, says so, and goes on (C3, C31, C33)', async ({
    visitor,
    example,
  }) => {
    visitor.allowsFailures = true
    const page = await visitor.tab()
    await signIn(page)
    await seesNotes(page)
    const session = await page.locator('#session').textContent()
    await example.stop()
    await says(page, 'degraded', /^We cannot reach our server\. You stay signed in; we keep trying\.$/)
    expect(await page.getByRole('button', { name: 'Sign out' }).isVisible()).toBe(true)
    await example.start()
    await says(page, 'degraded', /^$/, 30_000)
    expect(await page.locator('#session').textContent()).toBe(session)
    await page.getByRole('button', { name: 'Load again' }).click()
    await seesNotes(page)
  })

  for (const scheme of ['light', 'dark'] as const) {
    test(`breaks no rule of axe in the ${scheme}, signed out and in, and needs no scrolling sideways`, async ({
      browser,
      example,
    }) => {
      const visitor = await Visitor.open(browser, example.url, scheme)
      const page = await visitor.tab()
      await isAsked(page)
      expect(await violations(page)).toEqual([])
      await signIn(page)
      await seesNotes(page)
      expect(await violations(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
      await visitor.leave()
    })
  }

  test('can be used with the keyboard alone', async ({ visitor }) => {
    const page = await visitor.tab()
    await isAsked(page)
    for (const typed of ['ada', 'correct horse battery']) {
      await page.keyboard.press('Tab')
      await page.keyboard.type(typed)
    }
    await page.keyboard.press('Enter')
    await seesNotes(page)
    await says(page, 'message', /^Hello/)
    for (const name of ['Load again', 'Sign out']) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate('document.activeElement.textContent')).toBe(name)
    }
    await page.keyboard.press('Enter')
    await says(page, 'message', /^Signed out/)
  })
})
