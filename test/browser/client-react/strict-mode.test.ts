// `useSession` in React's StrictMode, in a real browser. The mistakes it prevents: a listener that the second mount
// leaves behind, a client that the first unmount disposes of, a page that is drawn anew with each token, two halves of a
// page that disagree about who is signed in, and a `<Suspense>` that never ends.

import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { withoutBrowser } from '../../helpers/browser.ts'
import { anonymous, authenticated, unknown } from './driven.ts'
import { openPage, openReactSite, type ReactSite } from './react-site.ts'

let site: ReactSite
let page: Page
let complaints: string[]

const text = (id: string): Promise<string | null> => page.locator(`#${id}`).textContent()
const within = <Result>(script: string): Promise<Result> => page.evaluate<Result>(`(() => { ${script} })()`)
const become = (state: object): Promise<void> => within(`stage.driven().become(${JSON.stringify(state)})`)
const listeners = (): Promise<number> => within('return stage.driven().listeners()')
const renders = (name: string): Promise<number> => within(`return stage.renders[${JSON.stringify(name)}] ?? 0`)

async function draw(state: object, props: object = {}): Promise<void> {
  const opened = await openPage(site)
  page = opened.page
  complaints = opened.complaints
  await within(`stage.draw(stage.by(${JSON.stringify(state)}).client, ${JSON.stringify(props)})`)
}

describe.skipIf(withoutBrowser)('useSession in StrictMode', () => {
  beforeAll(async () => {
    site = await openReactSite()
  })
  afterAll(() => site.close())
  afterEach(async () => {
    expect([complaints, await within('return stage.complaints')]).toEqual([[], []])
    await page.context().close()
  })

  it('shows each state as it comes, with an outage beside it (C3)', async () => {
    await draw(unknown)
    expect(await text('plain')).toBe('unknown')
    await become(authenticated)
    expect(await text('plain')).toBe('authenticated ada')
    await become({ ...authenticated, degraded: true })
    expect(await text('plain')).toBe('authenticated ada degraded')
    await become(anonymous)
    expect(await text('plain')).toBe('anonymous')
  })

  it('mounts twice and leaves nothing: one listener, then none, and the client lives on', async () => {
    await draw(unknown)
    await page.waitForFunction('stage.driven().restores() === 2')
    expect(await listeners()).toBe(1)
    await within('stage.unmount()')
    expect([await listeners(), await within('return stage.driven().disposals()')]).toEqual([0, 0])
  })

  it('asks nobody where the session is known already (C28)', async () => {
    await draw(anonymous)
    expect(await text('plain')).toBe('anonymous')
    expect(await within('return stage.driven().restores()')).toBe(0)
  })

  it('draws nothing anew when only the token is new, and then only who uses the session (C47)', async () => {
    await draw(authenticated)
    expect(await text('plain')).toBe('authenticated ada')
    const before = [await renders('plain'), await renders('bystander')]
    await within('for (let i = 0; i < 5; i += 1) stage.driven().renewed()')
    await within('return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))')
    expect([await renders('plain'), await renders('bystander')]).toEqual(before)
    await become(anonymous)
    expect(await text('plain')).toBe('anonymous')
    // Twice, because StrictMode renders everything twice.
    expect([await renders('plain'), await renders('bystander')]).toEqual([before[0]! + 2, before[1]])
  })

  it('never shows two states at one time, however slowly a page is drawn', async () => {
    await draw(anonymous)
    await within('stage.unmount()')
    const root = 'document.querySelector("#root")'
    await within(`${root}.replaceWith(Object.assign(document.createElement('div'), { id: 'root' }))`)
    await within('stage.watchMixtures(stage.driven().client)')
    await page.locator('#more').waitFor()
    const state = JSON.stringify(authenticated)
    await within(`document.querySelector('#more').click()
      return new Promise((resolve) => setTimeout(() => { stage.driven().become(${state}); resolve() }, 60))`)
    await page.locator('.slow >> nth=39').waitFor()
    expect(await within('return [...stage.mixtures]')).toEqual(['authenticated'])
  })

  it.each(['within', 'around'])(
    'waits in a <Suspense> %s the provider until the session is known',
    async (suspense) => {
      await draw(unknown, { parts: ['patient'], suspense })
      expect(await text('waiting')).toBe('one moment')
      expect(await within('return stage.driven().restores()')).toBeGreaterThan(0)
      expect(await renders('patient')).toBe(0)
      await become({ ...unknown, degraded: true })
      expect(await text('waiting')).toBe('one moment')
      await become(authenticated)
      expect(await text('patient')).toBe('authenticated ada')
      expect([await page.locator('#waiting').count(), await listeners()]).toEqual([0, 1])
      await become(anonymous)
      expect(await text('patient')).toBe('anonymous')
      await within('stage.unmount()')
      expect(await listeners()).toBe(0)
    },
  )

  it('suspends nobody where the session is known already', async () => {
    await draw(authenticated, { parts: ['patient'] })
    expect(await text('patient')).toBe('authenticated ada')
    expect([await page.locator('#waiting').count(), await listeners()]).toEqual([0, 1])
  })
})
