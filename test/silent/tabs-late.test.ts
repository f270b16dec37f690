// What comes late, from a tab that was slow, or crosses what another tab does: the newer thing stands.

import { describe, expect, it } from 'vitest'
import { askAll, expectNoAlarm, firstOf, goesOn, passes, signedInTabs } from './tabs-begin.ts'
import { storageOf } from './storages.ts'
import { credentials, hold, withWorld, type Tab, type World } from './world/index.ts'

const lifeMs = 600_000
const grace = { ...credentials, username: 'grace' }

/** Two tabs of body mode that share a storage, and no lock. */
async function twoWithoutLock(
  { browser, settle }: World,
  proof: 'session_key' | 'plain',
): Promise<readonly [Tab, Tab]> {
  const open = (): Tab => browser.openTab({ storage: storageOf(browser.storage('body')), proof })
  const tabs = [open(), open()] as const
  await tabs[0].client.signIn(credentials)
  await settle()
  await tabs[1].client.restore()
  return tabs
}

describe('an answer that comes late', () => {
  it.each(['session_key', 'plain'] as const)(
    'never takes the place of what was kept meanwhile: %s (C21, C35)',
    (proof) =>
      withWorld({}, async (world) => {
        const { browser, server, settle } = world
        const [slow, quick] = await twoWithoutLock(world, proof)
        passes(world, lifeMs)
        const held = hold('answer')
        server.next('/token', held)
        const waiting = slow.client.fetch('/me')
        await held.arrived
        expect(await askAll([quick])).toEqual([200])
        // Time goes on for the quick one alone: the slow one's machine stands still.
        server.clock.advance(lifeMs)
        quick.clock.advanceSilently(lifeMs)
        expect(await askAll([quick])).toEqual([200])
        const newest = firstOf(browser.storage('body').records)
        held.release()
        await waiting
        await settle()
        expect(firstOf(browser.storage('body').records).refreshToken).toBe(newest.refreshToken)
        for (const tab of [slow, quick]) tab.kill()
        server.clock.advance(lifeMs)
        const started = browser.openTab({ storage: storageOf(browser.storage('body')), proof })
        expect(await askAll([started])).toEqual([200])
        expectNoAlarm(world, [started])
      }),
  )
})

describe('a sign-in in one tab and a sign-out in another, at once', () => {
  it.each(['request', 'answer'] as const)(
    'leave the newer session alone, %s of the sign-in waiting (C21, C22)',
    (what) =>
      withWorld({}, async (world) => {
        const { browser, server, settle } = world
        const tabs = await signedInTabs(world, 2)
        const held = hold(what)
        server.next('/login', held)
        const entered = firstOf(tabs).client.signIn(grace)
        await held.arrived
        const left = tabs[1]?.client.signOut()
        await settle()
        expect(tabs[1]?.client.state.status).toBe('anonymous')
        held.release()
        await entered
        await left
        await settle()
        expect(await (await firstOf(tabs).client.fetch('/me')).json()).toEqual({ subject: 'id-of-grace' })
        passes(world, lifeMs)
        expect(await askAll([firstOf(tabs)])).toEqual([200])
        // What is opened now finds what the cookies say, and so does the tab that had signed out.
        const later = browser.openTab()
        const found = [await later.client.restore(), await tabs[1]?.client.restore()]
        expect(found.map((state) => state?.subject)).toEqual(['id-of-grace', 'id-of-grace'])
        expect(server.told('reuse')).toBe(0)
      }),
  )

  it('the sign-out first: the sign-in waits for it, and is not ended by it (C21, C22)', () =>
    withWorld({}, async (world) => {
      const { server, settle } = world
      const tabs = await signedInTabs(world, 2)
      const held = hold('request')
      server.next('/logout', held)
      const left = tabs[1]?.client.signOut()
      await held.arrived
      const entered = firstOf(tabs).client.signIn(grace)
      await settle()
      held.release()
      expect(await left).toEqual({ revoked: true })
      await entered
      await settle()
      expect(await (await firstOf(tabs).client.fetch('/me')).json()).toEqual({ subject: 'id-of-grace' })
      expect(tabs.map((tab) => tab.toldOf('ended').length)).toEqual([1, 1])
    }))
})

describe('a sign-out while the tokens of an answer are being kept', () => {
  it.each(['here', 'in another tab'] as const)('leaves nothing of them, %s (C22, C35)', (where) =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const tabs = await signedInTabs(world, 2)
      const [slow, quick] = tabs as [Tab, Tab]
      passes(world, lifeMs)
      let goOn: () => void = () => undefined
      const storage = browser.storage()
      storage.before = async (verb) => {
        if (verb !== 'write') return
        storage.before = () => undefined
        await new Promise<void>((resolve) => {
          goOn = resolve
        })
      }
      const asked = slow.client.getAccessToken().catch(({ code }: { code: string }) => code)
      await settle()
      const left = (where === 'here' ? slow : quick).client.signOut()
      await settle()
      goOn()
      await settle()
      await goesOn(world, tabs, 6000)
      expect([await asked, await left]).toEqual(['SignedOut', { revoked: true }])
      await settle()
      expect(tabs.map(({ client }) => client.state.status)).toEqual(['anonymous', 'anonymous'])
      expect(storage.records).toEqual([])
      expect(tabs.map((tab) => tab.toldOf('ended').map(({ reason }) => reason))).toEqual([
        ['signed_out'],
        ['signed_out'],
      ])
    }),
  )
})
