// Sessions bound by DPoP, in a real Chromium: the key pair is one that no script can read out, it outlives the page, and
// all tabs use it. The mistakes it prevents: a key that IndexedDB does not give back, and tabs that take each other's nonces.

import { expect, it } from 'vitest'
import { bundleOf } from './bundle.ts'
import { inChromium, well } from './in-chromium.ts'
import { jarCopied } from './scenarios-thieves.ts'
import { tabsAtExpiry } from './scenarios-tabs.ts'
import type { Subject } from './subject.ts'
import { lifetimeMs } from './world.ts'

const bound: Subject = {
  name: 'latchkey, DPoP',
  isProved: true,
  bundle: () => bundleOf(new URL('page/bound.ts', import.meta.url)),
}

/** Every private key that IndexedDB holds for this page: whether it can be read out, and what comes of trying. */
const keysKept = `(async () => {
  const found = []
  const settled = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  for (const { name } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name))
    for (const store of database.objectStoreNames) {
      for (const kept of await settled(database.transaction(store).objectStore(store).getAll())) {
        const key = kept.key?.privateKey
        if (key === undefined) continue
        const exported = await crypto.subtle.exportKey('jwk', key).catch(({ name }) => name)
        found.push([key.extractable, exported, kept.refreshToken, kept.accessToken])
      }
    }
    database.close()
  }
  return found
})()`

inChromium('a session bound by DPoP', (run) => {
  it('keeps a key pair that no script can read out, and goes on with it after a reload (C41)', async () => {
    const seen = await run(bound, async (world) => {
      const profile = await world.profile()
      const [tab] = await profile.signedIn(1)
      const first = await tab.call()
      const keys = await tab.page.evaluate<unknown[]>(keysKept)
      await world.pass(lifetimeMs)
      await profile.load(tab.page)
      return { keys, statuses: [first, await tab.call(), await tab.call()], unproved: world.site.count('unproved') }
    })
    expect(seen.keys).toEqual([[false, 'InvalidAccessError', undefined, undefined]])
    expect([seen.statuses, seen.unproved]).toEqual([[200, 200, 200], 0])
  })

  it('is renewed once for eight tabs that find it expired, each of which then reads with proofs of its own (C14)', async () => {
    // Two requests: after ten minutes the nonce is old too, and the server says the next one.
    expect(await run(bound, tabsAtExpiry(8))).toEqual({ ...well, calls: 8, succeeded: 8, renewals: 2 })
  })

  it('goes on under a clock that is a day wrong, and costs one renewal in each life (C29)', async () => {
    for (const clockErrorMs of [-86_400_000, 86_400_000]) {
      const seen = await run(bound, async (world) => {
        const profile = await world.profile({ clockErrorMs })
        const [tab] = await profile.signedIn(1)
        const statuses: number[] = []
        for (let life = 0; life < 3; life += 1) {
          await world.pass(lifetimeMs)
          statuses.push(await tab.call())
        }
        return { statuses, renewed: world.site.count('renewed'), unproved: world.site.count('unproved') }
      })
      expect(seen).toEqual({ statuses: [200, 200, 200], renewed: 3, unproved: 0 })
    }
  })

  it('is of no use to who copies the whole cookie jar: he is told apart at once, and the owner goes on', async () => {
    const { signedOut, succeeded, calls, alarms, unproved, thiefGotIn } = await run(bound, jarCopied('thief'))
    expect({ signedOut, succeeded, alarms, thiefGotIn }).toEqual({
      signedOut: 0,
      succeeded: calls,
      alarms: 0,
      thiefGotIn: false,
    })
    expect(unproved).toBeGreaterThan(0)
  })
})
