// Sleep and wrong clocks in a real Chromium. The mistake it prevents: a client that believes the device's clock, and renews
// without end or not at all.

import { expect, it } from 'vitest'
import { inChromium, well } from './in-chromium.ts'
import { keyed, plain } from './ours.ts'
import { clockTurned, day, laptopSleep, wrongClock } from './scenarios-time.ts'

inChromium('clocks', (run) => {
  for (const subject of [keyed, plain]) {
    for (const [how, words] of [
      ['running', 'every clock has run on'],
      ['standing', 'elapsed time has stood still'],
    ] as const) {
      it(`${subject.name}: a laptop that slept for a night renews once for all its tabs; ${words} (C26, C30)`, async () => {
        // The nonce has grown too old in that time: the first try of a proved one brings a new one.
        const renewals = subject.isProved ? 2 : 1
        expect(await run(subject, laptopSleep(how))).toEqual({ ...well, calls: 2, succeeded: 2, renewals })
      })
    }
  }

  for (const [error, words] of [
    [day, 'ahead'],
    [-day, 'behind'],
  ] as const) {
    it(`a clock a day ${words} costs one renewal in each lifetime, as a right one does (C29)`, async () => {
      const outcome = await run(keyed, wrongClock(error))
      expect(outcome).toMatchObject({ ...well, calls: 25, succeeded: 25 })
      const right = await run(keyed, wrongClock(0))
      expect(outcome.renewals).toBe(right.renewals)
      expect([5, 6]).toContain(outcome.renewals)
    })

    it(`a clock that is turned by a day, first ${words === 'ahead' ? 'on' : 'back'}, costs at most two renewals more (C30)`, async () => {
      const outcome = await run(keyed, clockTurned(error))
      expect(outcome).toMatchObject({ ...well, calls: 4, succeeded: 4 })
      expect(outcome.renewals).toBeLessThanOrEqual(2)
    })
  }
})
