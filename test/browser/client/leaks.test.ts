// What a script of the same origin could pick up of a session, in a real Chromium with ten tabs that renew and sign out.
// The mistake it prevents: a token that is safe in its cookie, and stands in a message to another tab.

import { expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { inChromium } from './in-chromium.ts'
import { findable, listen, messagesOf, recordsOf } from './listening.ts'
import { keyed, plain } from './ours.ts'
import { lifetimeMs, type World } from './world.ts'

interface Found {
  readonly messages: readonly string[]
  readonly found: string
  readonly records: string
  readonly accessTokens: readonly string[]
  readonly refreshTokens: readonly string[]
  readonly sessionKeys: readonly string[]
}

/** Ten tabs over three renewals, all that they tell each other and keep, and the secrets to look for. */
async function search(world: World): Promise<Found> {
  const profile = await world.profile({ before: listen })
  const sessionKeys: string[] = []
  profile.context.on('response', (response) => {
    if (!response.url().endsWith('/login')) return
    void response.json().then(({ sessionKey }: { sessionKey?: string }) => sessionKey && sessionKeys.push(sessionKey))
  })
  const tabs = await profile.signedIn(10)
  const [accessTokens, refreshTokens] = [new Set<string>(), new Set<string>()]
  for (let round = 0; round < 3; round += 1) {
    await world.pass(lifetimeMs)
    for (const token of await Promise.all(tabs.map((tab) => tab.accessToken()))) accessTokens.add(token)
    for (const { value } of await profile.context.cookies()) if (value.startsWith('lkr1_')) refreshTokens.add(value)
    await profile.quiet()
  }
  const pages: readonly Page[] = tabs.map(({ page }) => page)
  const [first] = tabs
  const records = await recordsOf(first.page)
  const found = (await Promise.all(pages.map(findable))).join('\n')
  await first.signOut()
  const messages = (await Promise.all(pages.map(messagesOf))).flat()
  return {
    messages,
    found,
    records,
    accessTokens: [...accessTokens],
    refreshTokens: [...refreshTokens],
    sessionKeys,
  }
}

/** A secret's text and its parts, for a half is as bad, and its bytes in the way that JSON writes them. */
const piecesOf = (secret: string): string[] => [
  ...secret.split('.').filter((piece) => piece.length > 20),
  JSON.stringify(Buffer.from(secret, 'base64url').toString('latin1')).slice(1, -1),
]

inChromium('what a script of the origin could pick up', (run) => {
  for (const subject of [keyed, plain]) {
    it(`${subject.name}: no message, storage or cookie that script sees holds a token or a key (C19, C41)`, async () => {
      const { messages, found, records, accessTokens, refreshTokens, sessionKeys } = await run(subject, search)
      expect(messages.length).toBeGreaterThan(2)
      expect([accessTokens.length, refreshTokens.length, sessionKeys.length]).toEqual([3, 3, subject.isProved ? 1 : 0])
      const everything = [...messages, found, records].join('\n')
      for (const secret of [...accessTokens, ...refreshTokens, ...sessionKeys]) {
        for (const piece of piecesOf(secret)) expect(everything.includes(piece)).toBe(false)
      }
      expect(/lkr1_|eyJ/.exec(everything)).toBe(null)
    })
  }

  it('the keys in the database are there, and cannot be read out (C41)', async () => {
    const { records } = await run(keyed, search)
    expect(records).toContain('"key":"HMAC","read":null')
    expect(records).toContain('"key":"AES-GCM","read":null')
  })
})
