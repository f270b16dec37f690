// Lost answers, outages, portals and a server that forgets, in a real Chromium. The mistake it prevents: a user who is
// signed out by somebody who had nothing to say about it.

import { expect, it } from 'vitest'
import { inChromium, traced, well } from './in-chromium.ts'
import { keyed, plain } from './ours.ts'
import { answerLost, databaseSetBack, offlineForTenMinutes, strangers, trouble } from './scenarios-network.ts'
import { lifetimeMs, type World } from './world.ts'

const minute = 60_000
const fine = { ...well, calls: 1, succeeded: 1 }

interface Seen {
  readonly meanwhile: unknown
  readonly called: number
  readonly afterwards: unknown
  readonly changes: readonly unknown[]
}

/** What an application can see of an outage. */
async function outageSeen(world: World): Promise<Seen> {
  const profile = await world.profile()
  const [tab] = await profile.signedIn(1)
  await profile.quiet()
  await tab.page.evaluate(
    "window.changes = []; client.on('change', ({ status, degraded }) => changes.push([status, degraded]))",
  )
  world.site.board.break('renewals', strangers['an overloaded server with 503'])
  await world.pass(lifetimeMs)
  const called = await tab.call()
  const meanwhile = await tab.page.evaluate('[client.state.status, client.state.degraded]')
  world.site.board.mend()
  await world.live(2 * minute, minute / 6)
  const afterwards = await tab.page.evaluate('[client.state.status, client.state.degraded]')
  return { meanwhile, called, afterwards, changes: await tab.page.evaluate<unknown[]>('changes') }
}

inChromium('networks and servers', (run) => {
  for (const subject of [keyed, plain]) {
    it(`${subject.name}: an answer that is lost after the server has renewed is asked for again (C34)`, async () => {
      const { outcome, faults, again } = await run(subject, traced(answerLost(0)))
      expect(outcome).toMatchObject(fine)
      expect(faults).toBeGreaterThan(0)
      expect(again).toBeGreaterThan(0)
    })

    it(`${subject.name}: a server restarted on a database several renewals old heals, and nobody notices (C34)`, async () => {
      const { outcome, healed } = await run(subject, traced(databaseSetBack))
      expect(outcome).toEqual({ ...well, calls: 6, succeeded: 6, renewals: 6 })
      expect(healed).toBe(1)
    })

    it(`${subject.name}: ten minutes offline cost a tab at most 20 renewals and no session (C3, C33)`, async () => {
      const outcome = await run(subject, offlineForTenMinutes)
      expect(outcome).toMatchObject(fine)
      expect(outcome.renewals).toBeGreaterThan(1)
      expect(outcome.renewals).toBeLessThanOrEqual(20)
    })
  }

  it('an answer lost for two minutes is had all the same with a key (C34)', async () => {
    const { outcome, again } = await run(keyed, traced(answerLost(2 * minute)))
    expect(outcome).toMatchObject(fine)
    expect(again).toBeGreaterThan(0)
  })

  it('without a key that is the false alarm that the documents speak of', async () => {
    expect(await run(plain, answerLost(2 * minute))).toMatchObject({ signedOut: 1, succeeded: 0, alarms: 1 })
  })

  for (const [name, stranger] of Object.entries(strangers)) {
    it(`${name} costs at most 20 renewals in ten minutes and no session (C31, C33)`, async () => {
      const { outcome, faults } = await run(keyed, traced(trouble(stranger)))
      expect(outcome).toMatchObject(fine)
      expect(faults).toBeGreaterThan(1)
      expect(faults).toBeLessThanOrEqual(20)
    })
  }

  it('an outage shows as degraded, never as signed out, and is over by itself (C3)', async () => {
    expect(await run(keyed, outageSeen)).toEqual({
      called: 0,
      meanwhile: ['authenticated', true],
      afterwards: ['authenticated', false],
      changes: [
        ['authenticated', true],
        ['authenticated', false],
      ],
    })
  })
})
