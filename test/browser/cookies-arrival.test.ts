// How a signed-in user arrives from another site, by a link: with SameSite=Lax signed in at once; with Strict, the default,
// only after a step on our own site, because the browser keeps the cookies back at the first. The mistake it prevents: a
// user who is asked for his password with a good session in his browser.

import { describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { withoutBrowser } from '../helpers/browser.ts'
import { jarOf, openSites, signInFrom, visitor, type Sites } from './cookie-sites.ts'

async function withSites(sameSite: 'strict' | 'lax', run: (sites: Sites) => Promise<void>): Promise<void> {
  const sites = await openSites({ sameSite, access: true })
  try {
    await run(sites)
  } finally {
    await sites.close()
  }
}

/** Signs in, and then follows a link on a page of the stranger's. */
async function arrive(sites: Sites, path: string): Promise<Page> {
  const { context, page } = await visitor(sites)
  expect((await signInFrom(page, sites)).status).toBe(200)
  expect((await jarOf(context, sites)).size).toBe(3)
  sites.advance(11 * 60_000)
  await page.goto(sites.origin.stranger)
  const target = sites.origin.own + path
  await page.evaluate(`(() => {
    const link = Object.assign(document.createElement('a'), { href: ${JSON.stringify(target)} })
    document.body.append(link)
    setTimeout(() => link.click())
  })()`)
  await page.waitForURL(target)
  return page
}

const textOf = (page: Page): Promise<string> => page.evaluate<string>('document.body.innerText')

describe.skipIf(withoutBrowser)('a link from another site', () => {
  test('arrives without cookies where they are Strict, and a step on our own site brings them (CK-8)', () =>
    withSites('strict', async (sites) => {
      const page = await arrive(sites, '/page')
      expect(await textOf(page)).toBe('sign in')
      await page.evaluate('setTimeout(() => location.assign(location.pathname + "?again"))')
      await page.waitForURL(/again/)
      expect(await page.title()).toBe('for ada')
    }))

  test('arrives signed in by the way back that the documents show, without a question (CK-8)', () =>
    withSites('strict', async (sites) => {
      const page = await arrive(sites, '/arriving')
      await expect.poll(() => page.title(), { timeout: 8000 }).toBe('for ada')
      expect(page.url()).toBe(`${sites.origin.own}/arriving`)
    }))

  test('the way back leads round no circle: whoever is not signed in is asked, once (CK-8)', () =>
    withSites('strict', async (sites) => {
      const page = await sites.browser.newContext({ ignoreHTTPSErrors: true }).then((context) => context.newPage())
      await page.goto(sites.origin.stranger)
      await page.evaluate(`setTimeout(() => location.assign('${sites.origin.own}/arriving'))`)
      await expect.poll(() => textOf(page), { timeout: 8000 }).toBe('sign in')
    }))

  test('arrives signed in where they are Lax, and is renewed on the way (CK-8)', () =>
    withSites('lax', async (sites) => {
      const page = await arrive(sites, '/page')
      expect(await page.title()).toBe('for ada')
    }))
})
