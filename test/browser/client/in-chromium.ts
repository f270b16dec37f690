// The frame of the tests in this folder: one browser for a file, a stage for each scenario, and what "all is well" means.

import { afterAll, beforeAll, describe } from 'vitest'
import type { Browser } from 'playwright-core'
import { withoutBrowser } from '../../helpers/browser.ts'
import type { Outcome, Subject } from './subject.ts'
import { launchBrowser, play, type World } from './world.ts'

/** Nobody is signed out, and nobody is taken for a thief. */
export const well = { signedOut: 0, alarms: 0, unproved: 0 } as const

export type Run = <Result>(subject: Subject, scenario: (world: World) => Promise<Result>) => Promise<Result>

export interface Traced {
  readonly outcome: Outcome
  /** Requests that met a fault. */
  readonly faults: number
  /** Events of the engine: an older token answered once more, and a store that had lost writes. */
  readonly again: number
  readonly healed: number
}

/** The scenario, and what shows that it did go wrong as it was meant to. */
export const traced =
  (scenario: (world: World) => Promise<Outcome>) =>
  async (world: World): Promise<Traced> => ({
    outcome: await scenario(world),
    faults: world.site.board.faults,
    again: world.site.count('again'),
    healed: world.site.count('healed'),
  })

/** Tests that share a browser, without these switches of Playwright's. */
export function inChromium(title: string, tests: (run: Run) => void, without: readonly string[] = []): void {
  describe.skipIf(withoutBrowser)(title, () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await launchBrowser(without)
    })
    afterAll(() => browser.close())
    tests((subject, scenario) => play(browser, subject, scenario))
  })
}
