// Pages that a server has rendered, and the real client over a real session. The mistakes it prevents: a server that asks
// for the session of nobody, a page that is thrown away because the server had guessed otherwise, and a reload that
// renews once for each component.

import { renderToString } from 'react-dom/server'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withoutBrowser } from '../../helpers/browser.ts'
import { authenticated, drivenClient, unknown } from './driven.ts'
import { credentials, openPage, openReactSite, type ReactSite } from './react-site.ts'
import { treeOf, type TreeOptions } from './tree.ts'

let site: ReactSite
const rendered = (options: TreeOptions = {}): string => renderToString(treeOf(drivenClient(unknown).client, options))

const said = (page: Page, id: string, words: string): Promise<void> =>
  page.locator(`#${id}`, { hasText: new RegExp(`^${words}$`) }).waitFor()

describe.skipIf(withoutBrowser)('a page that a server has rendered', () => {
  beforeAll(async () => {
    site = await openReactSite()
  })
  afterAll(() => site.close())

  it('is taken over without a mismatch, though the page knows more than the server did (C43)', async () => {
    const { page, complaints } = await openPage(site, rendered())
    expect(await page.locator('#plain').textContent()).toBe('unknown')
    await page.evaluate('window.before = document.querySelector("#plain")')
    await page.evaluate(`stage.hydrate(stage.by(${JSON.stringify(authenticated)}).client)`)
    await said(page, 'plain', 'authenticated ada')
    expect(await page.evaluate('window.before === document.querySelector("#plain")')).toBe(true)
    expect([complaints, await page.evaluate('stage.complaints')]).toEqual([[], []])
    await page.context().close()
  })

  it('shows what waits, where a component waits for the session, and goes on in the page (C43)', async () => {
    const { page, complaints } = await openPage(site, rendered({ parts: ['patient'] }))
    expect(await page.locator('#waiting').textContent()).toBe('one moment')
    await page.evaluate(`stage.hydrate(stage.by(${JSON.stringify(unknown)}).client, { parts: ['patient'] })`)
    await page.waitForFunction('stage.driven().restores() > 0')
    expect(await page.locator('#waiting').textContent()).toBe('one moment')
    await page.evaluate(`stage.driven().become(${JSON.stringify(authenticated)})`)
    await said(page, 'patient', 'authenticated ada')
    // That the server has rendered what waits is told, and is no failure.
    const told = await page.evaluate<string[]>('stage.complaints')
    expect([told.length, complaints]).toEqual([1, []])
    expect(told[0]).toContain('server')
    await page.context().close()
  })

  it('finds a session again after a reload without a call, whatever mounts (C8, C43)', async () => {
    const { page, complaints } = await openPage(site, rendered())
    site.calls.length = 0
    await page.evaluate('void stage.hydrate(window.client = stage.real())')
    await said(page, 'plain', 'anonymous')
    expect(site.calls).toEqual([])
    await page.evaluate(`client.signIn(${JSON.stringify(credentials)})`)
    await said(page, 'plain', 'authenticated ada')
    site.calls.length = 0
    await page.reload()
    expect(await page.locator('#plain').textContent()).toBe('unknown')
    await page.evaluate('void stage.hydrate(window.client = stage.real(), { parts: ["plain"] })')
    await said(page, 'plain', 'authenticated ada')
    expect(site.calls).toEqual([])
    await page.evaluate('client.signOut()')
    await said(page, 'plain', 'anonymous')
    expect([complaints, await page.evaluate('stage.complaints')]).toEqual([[], []])
    await page.context().close()
  })

  it('is read by the server while the access token lives, and renewed by the page alone (C43)', async () => {
    const { page } = await openPage(site)
    const home = async (): Promise<string | null> => {
      await page.goto(`${site.origin}/home`)
      return page.locator('#server').textContent()
    }
    await page.evaluate(`stage.real().signIn(${JSON.stringify(credentials)})`)
    site.calls.length = 0
    expect(await home()).toBe('ada')
    site.advance(11 * 60_000)
    await page.clock.setFixedTime(Date.now() + 11 * 60_000)
    expect([await home(), site.calls]).toEqual(['nobody yet', []])
    expect(await page.evaluate('stage.real().restore().then(({ status }) => status)')).toBe('authenticated')
    expect([await home(), site.calls]).toEqual(['ada', ['POST /token']])
    await page.context().close()
  })
})
