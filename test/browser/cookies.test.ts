// Cookie mode in a real browser on https: what script can see and make, what other sites' pages can send, and what
// becomes of a page's twenty parts. The mistake it prevents: a belief about browsers that no browser shares.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BrowserContext, Page } from 'playwright-core'
import { withoutBrowser } from '../helpers/browser.ts'
import { generationOf } from '../helpers/requests.ts'
import { credentials, fetchFrom, jarOf, openSites, renewFrom, signInFrom, visitor, type Sites } from './cookie-sites.ts'

const refreshName = '__Host-Http-latchkey'
const minute = 60_000

const documentCookie = (page: Page): Promise<string> => page.evaluate<string>('document.cookie')

describe.skipIf(withoutBrowser)('cookie mode in Chromium', () => {
  let sites: Sites
  beforeAll(async () => {
    sites = await openSites()
  })
  afterAll(() => sites.close())

  const signedIn = async (): Promise<{ context: BrowserContext; page: Page }> => {
    const visit = await visitor(sites)
    expect((await signInFrom(visit.page, sites)).status).toBe(200)
    return visit
  }

  const refreshToken = async (context: BrowserContext): Promise<string> =>
    (await jarOf(context, sites)).get(refreshName) ?? ''

  test('script sees the hint alone; the refresh token is in the jar and out of its reach (I9, CK-2)', async () => {
    const { context, page } = await signedIn()
    const kept = await context.cookies(sites.origin.own)
    const flags = kept.map(({ name, httpOnly, secure, sameSite, path }) => [name, httpOnly, secure, sameSite, path])
    expect(flags.toSorted(([one], [other]) => String(one).localeCompare(String(other)))).toEqual([
      ['__Host-Http-latchkey', true, true, 'Strict', '/'],
      ['__Host-Http-latchkey-access', true, true, 'Strict', '/'],
      ['__Host-latchkey-session', false, true, 'Strict', '/'],
    ])
    const seen = await page.evaluate<string>(
      '(async () => document.cookie + " " + JSON.stringify(await cookieStore.getAll()))()',
    )
    expect(seen).toContain('__Host-latchkey-session')
    expect(seen).not.toMatch(/lkr1_|eyJ|__Host-Http-/)
    await context.close()
  })

  test('script can neither plant a refresh token nor take one away, under any spelling (I9, CK-1, CK-2, attack 22, attack 24)', async () => {
    const { context, page } = await signedIn()
    const before = await jarOf(context, sites)
    const spellings = [refreshName, '__host-http-latchkey', '__HOST-HTTP-LATCHKEY', `${refreshName}-access`]
    const lines = spellings.flatMap((name) => [
      `${name}=planted; Path=/; Secure`,
      `${name}=; Path=/; Secure; Max-Age=0`,
      `${name}=planted; Path=/token; Secure`,
      `${name}=planted; Path=/; Secure; Domain=shop.test`,
      `=${name}=planted; Path=/; Secure`,
    ])
    for (const line of lines) await page.evaluate(`document.cookie = ${JSON.stringify(line)}`)
    const stored = `cookieStore.set({ name: ${JSON.stringify(refreshName)}, value: 'planted', path: '/' }).catch(() => 0)`
    await page.evaluate(stored)
    expect(await jarOf(context, sites)).toEqual(before)
    expect((await renewFrom(page, sites)).status).toBe(200)
    await context.close()
  })

  test('a page on another host of our domain can plant nothing that we would take (CK-10, attack 22)', async () => {
    const { context, page } = await signedIn()
    const other = await context.newPage()
    await other.goto(sites.origin.sister)
    for (const name of [refreshName, '__Host-latchkey-session']) {
      await other.evaluate(`document.cookie = '${name}=planted; Path=/; Secure; Domain=shop.test'`)
      await other.evaluate(`document.cookie = '=${name}=planted; Path=/; Secure; Domain=shop.test'`)
    }
    expect((await renewFrom(page, sites)).status).toBe(200)
    expect(generationOf(await refreshToken(context))).toBe(2)
    await context.close()
  })

  /** Everything a page can make the browser send to us without our leave. */
  async function attack(page: Page, target: string): Promise<void> {
    const body = JSON.stringify({ ...credentials, username: 'mallory' })
    const simple: readonly object[] = [
      {},
      { mode: 'no-cors' },
      { mode: 'no-cors', headers: { 'Content-Type': 'text/plain' }, body },
      { mode: 'no-cors', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'username=mallory' },
      { headers: { 'Content-Type': 'application/json', 'Latchkey-Transport': 'cookie' }, body },
      { headers: { 'Latchkey-Transport': 'cookie' } },
    ]
    for (const init of simple) expect((await fetchFrom(page, target, init)).status).toBe(0)
    await page.evaluate(`navigator.sendBeacon(${JSON.stringify(target)}, ${JSON.stringify(body)})`)
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data']) {
      expect(await sendForm(page, target, type)).toBeGreaterThanOrEqual(204)
    }
  }

  /** The status of what a form brings that sends the whole page there. */
  async function sendForm(page: Page, target: string, type: string): Promise<number> {
    const here = page.url()
    const [answer] = await Promise.all([
      page.waitForResponse((each) => each.url() === target && each.request().isNavigationRequest()),
      page.evaluate(`(() => {
        const form = document.createElement('form')
        Object.assign(form, { method: 'POST', action: ${JSON.stringify(target)}, enctype: ${JSON.stringify(type)} })
        form.append(Object.assign(document.createElement('input'), { name: '{"username":"mallory","x":"', value: '"}' }))
        document.body.append(form)
        setTimeout(() => form.submit())
      })()`),
    ])
    // An answer without content leaves the page where it is.
    if (answer.status() !== 204) await page.waitForURL(target)
    await page.goto(here)
    return answer.status()
  }

  test.each(['stranger', 'sister'] as const)(
    'a page of the %s can sign nobody in, renew nothing and sign nobody out, by form, fetch or beacon (SE-11, BB-5, attack 23)',
    async (site) => {
      const { context, page } = await signedIn()
      const before = await jarOf(context, sites)
      const other = await context.newPage()
      await other.goto(sites.origin[site])
      for (const path of ['/login', '/token', '/refresh', '/logout']) await attack(other, `${sites.origin.own}${path}`)
      expect(await jarOf(context, sites)).toEqual(before)
      expect((await renewFrom(page, sites)).status).toBe(200)
      expect(generationOf(await refreshToken(context))).toBe(2)
      await context.close()
    },
    60_000,
  )

  test('a page of an origin that is allowed signs in, renews and signs out, and reads the answers (BB-5, TE-9)', async () => {
    const context = await sites.browser.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    await page.goto(sites.origin.friend)
    const first = await signInFrom(page, sites)
    expect([first.status, first.body]).toMatchObject([200, { tokenType: 'Bearer', user: { id: 'ada' } }])
    expect((await renewFrom(page, sites)).status).toBe(200)
    expect(await documentCookie(page)).toBe('')
    const headers = { 'Latchkey-Transport': 'cookie' }
    expect((await fetchFrom(page, `${sites.origin.own}/logout`, { headers })).status).toBe(204)
    expect((await jarOf(context, sites)).size).toBe(0)
    await context.close()
  })

  test('sign-out empties the jar and the storage of our origin, and soon (CK-7, SE-14)', async () => {
    const { context, page } = await signedIn()
    await page.evaluate("localStorage.setItem('of', 'ada')")
    const headers = { 'Latchkey-Transport': 'cookie' }
    const began = performance.now()
    expect((await fetchFrom(page, `${sites.origin.own}/logout`, { headers })).status).toBe(204)
    expect(performance.now() - began).toBeLessThan(5000)
    expect((await jarOf(context, sites)).size).toBe(0)
    expect(await page.evaluate("localStorage.getItem('of')")).toBe(null)
    await context.close()
  })

  test.each([
    ['is over', false],
    ['is gone', true],
  ])(
    'a page and its twenty parts all pass where the access token %s, and so does the next page (I2)',
    async (_, isGone) => {
      const { context, page } = await signedIn()
      for (let round = 0; round < 3; round += 1) {
        sites.advance(11 * minute)
        if (isGone) await context.clearCookies({ name: `${refreshName}-access` })
        const statuses: number[] = []
        page.on('response', (answer) => statuses.push(answer.status()))
        await page.goto(`${sites.origin.own}/page?parts`, { waitUntil: 'load' })
        page.removeAllListeners('response')
        expect([await page.title(), statuses]).toEqual(['for ada', Array.from({ length: 21 }, () => 200)])
      }
      await context.close()
    },
  )

  test('twenty parts that are loaded at the very moment of expiry, without the page, pass together (I2)', async () => {
    const { context, page } = await signedIn()
    await page.goto(`${sites.origin.own}/page`)
    sites.advance(11 * minute)
    const loads = `Promise.all(Array.from({ length: 20 }, (_, index) => fetch('/part/' + index).then(({ status }) => status)))`
    expect(await page.evaluate(loads)).toEqual(Array.from({ length: 20 }, () => 200))
    sites.advance(minute)
    expect((await page.goto(`${sites.origin.own}/page`))?.status()).toBe(200)
    await context.close()
  })
})
