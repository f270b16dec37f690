// Where most tests of several tabs begin: somebody is signed in, all tabs know it, and time has passed unnoticed.

import { expect } from 'vitest'
import { credentials, type Tab, type TabOptions, type World } from './world/index.ts'

/** So many tabs of one browser, signed in through the first. */
export async function signedInTabs(world: World, count: number, options: TabOptions = {}): Promise<Tab[]> {
  const tabs = Array.from({ length: count }, () => world.browser.openTab(options))
  await firstOf(tabs).client.signIn(credentials)
  await world.settle()
  await Promise.all(tabs.map(({ client }) => client.restore()))
  await world.settle()
  expect(tabs.map(({ client }) => client.state.status)).toEqual(tabs.map(() => 'authenticated'))
  return tabs
}

/** The first of a list that cannot be empty. */
export function firstOf<Item>([first]: readonly Item[]): Item {
  if (first === undefined) throw new Error('the list is empty')
  return first
}

/** One tab that is signed in. */
export const signedInTab = async (world: World, options: TabOptions = {}): Promise<Tab> =>
  firstOf(await signedInTabs(world, 1, options))

/** Time passes for the server and in all tabs, and no timer fires: every renewal is made for a need. */
export function passes({ server, browser }: World, ms: number): void {
  server.clock.advance(ms)
  for (const { clock, isAlive } of browser.tabs) if (isAlive) clock.advanceSilently(ms)
}

/** Time goes on in these tabs alone; what one timer begins is done before the next is due. */
export async function goesOn({ settle }: World, tabs: readonly Tab[], ms: number): Promise<void> {
  for (const { clock } of tabs) {
    for (let left = ms; left > 0;) {
      const [first = left] = clock.waiting
      const step = Math.min(left, Math.max(first, 0))
      clock.advance(step)
      await settle()
      left -= step
    }
  }
}

/** How many renewals the server is asked for meanwhile. */
export async function renewalsIn({ server, settle }: World, work: () => Promise<unknown>): Promise<number> {
  const before = server.count('/token')
  await work()
  await settle()
  return server.count('/token') - before
}

/** Statuses of `GET /me` from each of these tabs, all at once. */
export const askAll = (tabs: readonly Tab[]): Promise<number[]> =>
  Promise.all(tabs.map(async ({ client }) => (await client.fetch('/me')).status))

/** Nobody was taken for a thief, and nobody was signed out. */
export function expectNoAlarm({ server }: World, tabs: readonly Tab[]): void {
  expect([server.told('reuse'), server.told('unproved')]).toEqual([0, 0])
  expect(tabs.flatMap((tab) => tab.toldOf('ended'))).toEqual([])
  expect(tabs.map(({ client }) => client.state.status)).toEqual(tabs.map(() => 'authenticated'))
}
