// The scenarios against a careless client: what must not happen to ours does happen to it. The mistake it prevents: a
// suite that would pass with any client.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from 'playwright-core'
import { withoutBrowser } from '../../helpers/browser.ts'
import { careless } from './careless.ts'
import { answerLost, strangers, trouble } from './scenarios-network.ts'
import { tabsAtExpiry } from './scenarios-tabs.ts'
import { jarCopied } from './scenarios-thieves.ts'
import { launchBrowser, play } from './world.ts'

describe.skipIf(withoutBrowser)('a careless client', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())

  it('renews in every tab at expiry', async () => {
    expect((await play(browser, careless, tabsAtExpiry(5))).renewals).toBe(5)
  })

  it('signs its user out when an answer is lost, and in a captive portal', async () => {
    const scenarios = [answerLost(0), trouble(strangers['a captive portal with 200'], 15_000)]
    for (const scenario of scenarios) expect((await play(browser, careless, scenario)).signedOut).toBe(1)
  })

  it('gives a copied jar to the thief, for as long as its owner is away', async () => {
    expect(await play(browser, careless, jarCopied('thief'))).toMatchObject({
      thiefGotIn: true,
      alarms: 1,
      signedOut: 1,
    })
  })
})
