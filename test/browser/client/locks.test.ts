// Web Locks that another tab holds for ever, and a browser that has none, in a real Chromium. The mistake it prevents: one
// tab that hangs, and with it all the others.

import { expect, it } from 'vitest'
import { inChromium, well } from './in-chromium.ts'
import { keyed, plain } from './ours.ts'
import type { Profile, Tab } from './profile.ts'
import type { Outcome } from './subject.ts'
import { lifetimeMs, type World } from './world.ts'

interface Hogged extends Outcome {
  /** Names of the locks that the other tab holds, before and after. */
  readonly held: readonly (readonly string[])[]
}

/** A tab that holds what the client locks for its renewals, and never gives it back. */
async function hog(world: World, profile: Profile, tab: Tab): Promise<Tab> {
  const other = await profile.open()
  const hold = world.site.board.hold('before')
  await world.pass(lifetimeMs)
  const called = tab.call()
  await hold.reached
  const names = await namesOf(other)
  expect(names.length).toBeGreaterThan(0)
  await other.page.evaluate(`void (${JSON.stringify(names)}).forEach((name) =>
    navigator.locks.request(name, () => new Promise(() => {})))`)
  hold.release()
  await called
  return other
}

const namesOf = ({ page }: Tab): Promise<string[]> =>
  page.evaluate<string[]>('navigator.locks.query().then(({ held }) => held.map(({ name }) => name))')

async function lockHeldForEver(world: World): Promise<Hogged> {
  const profile = await world.profile()
  const tabs = await profile.signedIn(3)
  const other = await hog(world, profile, tabs[0])
  const before = await namesOf(other)
  const watch = world.watch()
  await world.pass(lifetimeMs)
  const statuses = await Promise.all(tabs.map((tab) => tab.call()))
  const outcome = await watch.outcome(statuses, tabs)
  return { ...outcome, held: [before, await namesOf(other)] }
}

/** Five tabs of a browser without Web Locks, at expiry; twice. */
async function noLocks(world: World): Promise<Outcome> {
  const profile = await world.profile({ before: 'delete Navigator.prototype.locks' })
  const tabs = await profile.signedIn(5)
  const watch = world.watch()
  const statuses: number[] = []
  for (let round = 0; round < 2; round += 1) {
    await world.pass(lifetimeMs)
    statuses.push(...(await Promise.all(tabs.map((tab) => tab.call()))))
  }
  return watch.outcome(statuses, tabs)
}

inChromium('locks between tabs', (run) => {
  for (const subject of [keyed, plain]) {
    it(`${subject.name}: a lock that is never given back delays a renewal, and is never stolen (C15, C16)`, async () => {
      const { held, renewals, ...outcome } = await run(subject, lockHeldForEver)
      expect(outcome).toEqual({ ...well, calls: 3, succeeded: 3 })
      expect(held[0]?.length).toBeGreaterThan(0)
      expect(held[1]).toEqual(held[0])
      // Who waits in vain goes alone; the tab that holds the lock is a client too.
      expect(renewals).toBeLessThanOrEqual(4)
    })

    it(`${subject.name}: without Web Locks every tab goes on, and nobody is taken for a thief (C18)`, async () => {
      const outcome = await run(subject, noLocks)
      expect(outcome).toMatchObject({ ...well, calls: 10, succeeded: 10 })
      expect(outcome.renewals).toBeLessThanOrEqual(10)
    })
  }
})
