// A form of a page of ours in a real browser, where the page says `Referrer-Policy: no-referrer`, as many applications do
// (it is what Helmet says). The mistake it prevents: a check of the origin that refuses our own users.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withoutBrowser } from '../helpers/browser.ts'
import { openSites, signInFrom, visitor, type Sites } from './cookie-sites.ts'

describe.skipIf(withoutBrowser)('a form in Chromium, under Referrer-Policy: no-referrer', () => {
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
    'of the site "%s" is answered with %i, whatever its Origin says (BB-5, attack 23)',
    async (site, status) => {
      const { context, page } = await visitor(sites)
      await signInFrom(page, sites)
      await page.goto(`${sites.origin[site]}/`)
      const target = `${sites.origin.own}/page`
      const [answer] = await Promise.all([
        page.waitForResponse((each) => each.url() === target),
        page.evaluate(`(() => {
        document.head.append(Object.assign(document.createElement('meta'), { name: 'referrer', content: 'no-referrer' }))
        const form = Object.assign(document.createElement('form'), { method: 'POST', action: ${JSON.stringify(target)} })
        document.body.append(form)
        setTimeout(() => form.submit())
      })()`),
      ])
      const { origin } = await answer.request().allHeaders()
      expect([origin, answer.status()]).toEqual(['null', status])
      await context.close()
    },
  )
})
