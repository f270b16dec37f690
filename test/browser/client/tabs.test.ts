// Many tabs of one profile in a real Chromium, and tabs that die. The mistakes it prevents: tabs that renew against each
// other until one of them is taken for a thief, and a tab that takes the session with it.

import { expect, it } from 'vitest'
import { inChromium, traced, well } from './in-chromium.ts'
import { keyed, plain } from './ours.ts'
import { hiddenTab, hundredCalls, tabKilled, tabsAtExpiry, twoWindows } from './scenarios-tabs.ts'

inChromium('tabs of one profile', (run) => {
  it('20 tabs at expiry start one renewal, and all 20 succeed (C8, C14)', async () => {
    const outcome = await run(keyed, tabsAtExpiry(20))
    expect(outcome).toEqual({ ...well, calls: 20, succeeded: 20, renewals: 1 })
  })

  it('the same holds for a plain session (C8, C14)', async () => {
    expect(await run(plain, tabsAtExpiry(6))).toEqual({ ...well, calls: 6, succeeded: 6, renewals: 1 })
  })

  it('a hundred calls of one tab share one renewal, and all succeed (C8)', async () => {
    expect(await run(keyed, hundredCalls)).toEqual({ ...well, calls: 100, succeeded: 100, renewals: 1 })
  })

  for (const subject of [keyed, plain]) {
    for (const how of ['close', 'crash'] as const) {
      it(`${subject.name}: the others go on when a tab is lost (${how}) between its renewal and the answer (C34)`, async () => {
        const { outcome, again } = await run(subject, traced(tabKilled(how)))
        expect(outcome).toMatchObject({ ...well, calls: 2, succeeded: 2 })
        expect(again).toBe(1)
      })
    }

    it(`${subject.name}: two windows of one profile renew once in each lifetime (C14)`, async () => {
      expect(await run(subject, twoWindows)).toEqual({ ...well, calls: 8, succeeded: 8, renewals: 3 })
    })
  }

  it('a hidden tab renews nothing, and goes on when it is shown again (C26, C27)', async () => {
    // Two requests are one renewal: the nonce has grown too old.
    expect(await run(keyed, hiddenTab)).toEqual({ ...well, calls: 1, succeeded: 1, renewals: 2 })
    expect(await run(plain, hiddenTab)).toEqual({ ...well, calls: 1, succeeded: 1, renewals: 1 })
  })
})
