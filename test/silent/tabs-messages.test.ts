// What tabs tell each other: a bell that says nothing but that there is news. So there is nothing in it for whoever listens,
// and nothing that a late, foreign or broken message could spoil.

import { describe, expect, it } from 'vitest'
import { memoryStorage } from 'latchkey/client'
import { overheard } from './secrets.ts'
import { askAll, expectNoAlarm, firstOf, passes, renewalsIn, signedInTab, signedInTabs } from './tabs-begin.ts'
import { bodyStorage } from './storages.ts'
import { credentials, withWorld, type Tab, type World } from './world/index.ts'

const lifeMs = 600_000

async function renewTimes(world: World, tabs: readonly Tab[], times: number): Promise<void> {
  for (let life = 1; life <= times; life += 1) {
    passes(world, lifeMs)
    await askAll(tabs)
    await world.settle()
  }
}

const lastToken = (tab: Tab): Promise<string> => tab.client.getAccessToken({ minSeconds: 0 })

describe('messages between tabs', () => {
  it.each([['session_key'], ['plain']] as const)('hold no part of any token, key or proof, %s (C19)', (proof) => {
    const { secrets, options, piecesIn } = overheard()
    return withWorld(options, async (world) => {
      const tabs = await signedInTabs(world, 3, { proof })
      await renewTimes(world, tabs, 4)
      await firstOf(tabs).client.signIn({ ...credentials, username: 'grace' })
      // Until the other tabs have heard of it, they ask as who was there before.
      await world.settle()
      await renewTimes(world, tabs, 2)
      await firstOf(tabs).client.signOut()
      await world.settle()
      expect(secrets.size).toBeGreaterThan(10)
      const { messages } = world.browser.hub
      expect(messages.length).toBeGreaterThan(6)
      expect(piecesIn(messages)).toEqual([])
      // Not even whose session it is.
      expect(new Set(messages.map(({ message }) => message))).toEqual(new Set([0]))
    })
  })

  it('hold none in body mode either (C19)', () => {
    const { secrets, options, piecesIn } = overheard()
    return withWorld(options, async (world) => {
      const { browser } = world
      const tabs = [1, 2].map((number) => browser.openTab({ storage: bodyStorage(browser, number) }))
      await firstOf(tabs).client.signIn(credentials)
      await renewTimes(world, tabs, 3)
      expect(await askAll(tabs)).toEqual([200, 200])
      expect(secrets.size).toBeGreaterThan(8)
      expect(piecesIn(browser.hub.messages)).toEqual([])
    })
  })

  it('carry the token sealed, so that only who shares the storage can use it (C14, C19)', () =>
    withWorld({}, async (world) => {
      const { browser } = world
      const [first, second] = await signedInTabs(world, 2)
      // A page of the same origin in another partition of storage hears the channel and has the cookies.
      const stranger = browser.openTab({ surroundings: { storage: () => memoryStorage() } })
      passes(world, lifeMs)
      const renewals = await renewalsIn(world, async () => {
        await first?.client.fetch('/me')
        await world.settle()
        await second?.client.fetch('/me')
      })
      expect(renewals).toBe(1)
      expect(stranger.client.state.status).not.toBe('authenticated')
    }))

  it('change nothing where there is no news, and cost no request (C21, C47)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const tabs = await signedInTabs(world, 2)
      await renewTimes(world, tabs, 3)
      const tokens = await Promise.all(tabs.map(lastToken))
      expect(new Set(tokens).size).toBe(1)
      const told = tabs.map((tab) => tab.told.length)
      const before = server.requests.length
      const old = browser.hub.messages.slice()
      for (const { name, message } of old) browser.hub.post(name, message)
      await settle()
      expect(await Promise.all(tabs.map(lastToken))).toEqual(tokens)
      expect([tabs.map((tab) => tab.told.length), server.requests.length]).toEqual([told, before])
      expectNoAlarm(world, tabs)
    }))

  it('about a storage that was set back change nothing (C21)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const tabs = await signedInTabs(world, 2)
      await renewTimes(world, tabs, 1)
      const setBack = browser.storage().snapshot()
      await renewTimes(world, tabs, 2)
      const tokens = await Promise.all(tabs.map(lastToken))
      const told = tabs.map((tab) => tab.told.length)
      setBack()
      browser.hub.post(firstOf(browser.hub.messages).name, 0)
      await settle()
      expect(await Promise.all(tabs.map(lastToken))).toEqual(tokens)
      expect(tabs.map((tab) => tab.told.length)).toEqual(told)
      for (let life = 1; life <= 2; life += 1) {
        passes(world, lifeMs)
        expect(await askAll(tabs)).toEqual([200, 200])
      }
      expectNoAlarm(world, tabs)
    }))

  it('are of no account in whatever order they come (C21)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const tabs = await signedInTabs(world, 2)
      const [first, second] = tabs
      browser.hub.isHeld = true
      const from = browser.hub.messages.length
      await renewTimes(world, [firstOf(tabs)], 3)
      const missed = browser.hub.messages.slice(from)
      expect(missed.length).toBeGreaterThanOrEqual(3)
      for (const { name, message } of missed.toReversed()) browser.hub.post(name, message)
      browser.hub.release()
      await settle()
      const renewals = await renewalsIn(world, async () => {
        expect(await lastToken(second!)).toBe(await lastToken(first!))
      })
      expect(renewals).toBe(0)
      expectNoAlarm(world, tabs)
    }))

  it('of a session that another one has replaced change nothing (C21)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const tabs = await signedInTabs(world, 2)
      await renewTimes(world, tabs, 2)
      const old = [...browser.hub.messages]
      const before = firstOf(tabs).client.state.sessionId
      await firstOf(tabs).client.signIn({ ...credentials, username: 'grace' })
      await settle()
      const states = tabs.map(({ client }) => client.state)
      expect(states.map(({ subject }) => subject)).toEqual(['id-of-grace', 'id-of-grace'])
      const tokens = await Promise.all(tabs.map(lastToken))
      const told = tabs.map((tab) => tab.told.length)
      for (const { name, message } of old) browser.hub.post(name, message)
      // A tab of that session has met its end late, and written down why.
      await browser.storage().write({ sessionId: String(before), turn: 9, ended: 'revoked' })
      browser.hub.post(firstOf(old).name, 0)
      await settle()
      expect(tabs.map(({ client }) => client.state)).toEqual(states)
      expect(await Promise.all(tabs.map(lastToken))).toEqual(tokens)
      expect(tabs.map((tab) => tab.told.length)).toEqual(told)
    }))

  it('that are broken, forged or of another program change nothing (C19, C21)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const tab = await signedInTab(world)
      const { sessionId } = tab.client.state
      const { name } = firstOf(browser.hub.messages)
      const token = await lastToken(tab)
      const told = tab.told.length
      const end = { sessionId, reason: 'revoked', ended: 'revoked' }
      const strange = [null, undefined, 1, 'renewed', [], {}, end, { ...end, is: 'ended' }, new ArrayBuffer(8)]
      for (const message of strange) browser.hub.post(name, message)
      await settle()
      expect(await lastToken(tab)).toBe(token)
      expect(tab.told.length).toBe(told)
      passes(world, lifeMs)
      expect(await askAll([tab])).toEqual([200])
      expectNoAlarm(world, [tab])
    }))
})
