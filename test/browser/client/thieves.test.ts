// A thief with a copy of what the browser holds, in a real Chromium and with a plain HTTP client. With a key he is never
// let in and the owner notices nothing; without one both are signed out, and the page is told why.

import { expect, it } from 'vitest'
import { inChromium } from './in-chromium.ts'
import { keyed, plain } from './ours.ts'
import { jarCopied } from './scenarios-thieves.ts'
import { plainSessionStolen, raidWithProofs, tokenCopied } from './raids.ts'

inChromium('thieves', (run) => {
  for (const first of ['thief', 'owner'] as const) {
    it(`a copied cookie jar in another browser never gets in, the owner goes on, the engine tells it (${first} first)`, async () => {
      const outcome = await run(keyed, jarCopied(first))
      expect(outcome).toMatchObject({ thiefGotIn: false, signedOut: 0, calls: 3, succeeded: 3, alarms: 0 })
      expect(outcome.unproved).toBeGreaterThan(0)
    })

    it(`a copied jar of a plain session ends with both signed out, and an alarm (${first} first) (C48)`, async () => {
      expect(await run(plain, jarCopied(first))).toMatchObject({ signedOut: 1, alarms: 1 })
    })
  }

  it('a copied jar in an HTTP client never gets in, without a proof or with any that can be made up', async () => {
    const raid = await run(keyed, raidWithProofs)
    expect(raid.answers).toEqual(raid.answers.map(() => '403 unproved'))
    expect(raid.answers.length).toBeGreaterThan(4)
    expect(raid.unproved).toBe(raid.answers.length)
    expect(raid.owner).toEqual([200, 200])
    expect(raid.ended).toEqual([])
  })

  it('a copied access token opens what it opens until it expires or its owner signs out, and is renewed by nobody', async () => {
    expect(await run(keyed, tokenCopied)).toEqual({ alive: 200, expired: 401, signedOut: 401, renewed: 401 })
  })

  it('on a plain session thief and owner are both out, and the page is told reuse_detected (C48)', async () => {
    expect(await run(plain, plainSessionStolen)).toEqual({
      thief: ['200', '403 ended'],
      owner: 401,
      ended: ['reuse_detected'],
      alarms: 1,
    })
  })
})
