// Forms in a real browser: what it says of the page that sends one, and what else it sends along. Under `Referrer-Policy:
// no-referrer`, as Helmet says it, the Origin of our own forms is `null`; and where we ask for Basic credentials, a page of
// anybody's can make it add some to every later request of ours. The mistakes it prevents: a check that refuses our own
// users, and a challenge that lets strangers write an Authorization header.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { withoutBrowser } from '../helpers/browser.ts'
import { openSites, signInFrom, visitor, type Sites } from './cookie-sites.ts'

interface Sent {
  readonly status: number
  readonly origin: string | undefined
  readonly authorization: string | undefined
}

/** Sends a form from the page that is shown, and says what the browser made of it. */
async function submit(page: Page, target: string, policy = 'strict-origin-when-cross-origin'): Promise<Sent> {
  const [answer] = await Promise.all([
    page.waitForResponse((each) => each.request().method() === 'POST' && each.request().isNavigationRequest()),
    page.evaluate(`(() => {
      document.head.append(Object.assign(document.createElement('meta'), { name: 'referrer', content: '${policy}' }))
      const form = Object.assign(document.createElement('form'), { method: 'POST', action: ${JSON.stringify(target)} })
      form.append(Object.assign(document.createElement('input'), { name: 'client_id', value: 'nobody' }))
      form.append(Object.assign(document.createElement('input'), { name: 'token', value: 'x' }))
      document.body.append(form)
      setTimeout(() => form.submit())
    })()`),
  ])
  await page.waitForURL(({ pathname }) => pathname === new URL(target).pathname)
  const { origin, authorization } = await answer.request().allHeaders()
  return { status: answer.status(), origin, authorization }
}

describe.skipIf(withoutBrowser)('a form in Chromium', () => {
  let sites: Sites
  beforeAll(async () => {
    sites = await openSites()
  })
  afterAll(() => sites.close())

  test.each([
    ['own', 200],
    ['sister', 403],
    ['stranger', 401],
  ] as const)(
    'of the site "%s" under no-referrer is answered with %i, though its Origin is null (BB-5, attack 23)',
    async (site, status) => {
      const { context, page } = await visitor(sites)
      await signInFrom(page, sites)
      await page.goto(`${sites.origin[site]}/`)
      const sent = await submit(page, `${sites.origin.own}/page`, 'no-referrer')
      expect(sent).toMatchObject({ origin: 'null', status })
      await context.close()
    },
  )

  test('of a sister site plants no Basic credentials by its URL, which later requests would bring (BB-5, SE-13, attack 23)', async () => {
    const { context, page } = await visitor(sites)
    await signInFrom(page, sites)
    await page.goto(`${sites.origin.sister}/`)
    // A client that nobody knows is refused; a challenge of Basic the browser would answer with what stands in the URL.
    await submit(page, `${sites.origin.own.replace('://', '://x:y@')}/revoke`)
    await page.goto(`${sites.origin.sister}/`)
    const sent = await submit(page, `${sites.origin.own}/page`)
    expect(sent).toEqual({ status: 403, origin: sites.origin.sister, authorization: undefined })
    await context.close()
  })
})
