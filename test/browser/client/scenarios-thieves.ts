// Somebody copies what a browser holds, for any client: all its cookies, those that script cannot see too, and its
// storage, into a browser of his own.

import type { Profile } from './profile.ts'
import type { Outcome } from './subject.ts'
import { lifetimeMs, type World } from './world.ts'

type Who = 'thief' | 'owner'

/**
 * They take turns, three times each, whoever is `first` first: open the page, call, close it, and long after, when every
 * access token has expired, it is the other one's turn.
 */
export const jarCopied =
  (first: Who) =>
  async (world: World): Promise<Outcome> => {
    const owner = await world.profile()
    await owner.signedIn(1)
    await owner.quiet()
    const thief = await world.profile({ storageState: await owner.context.storageState() })
    const profiles: Record<Who, Profile> = { owner, thief }
    const answers: Record<Who, number[]> = { owner: [], thief: [] }
    await owner.closeTabs()
    const watch = world.watch()
    const turn = async (who: Who): Promise<void> => {
      await world.pass(lifetimeMs)
      const tab = await profiles[who].open()
      answers[who].push(await tab.call())
      await profiles[who].closeTabs()
    }
    const second: Who = first === 'thief' ? 'owner' : 'thief'
    for (let round = 0; round < 3; round += 1) {
      await turn(first)
      await turn(second)
    }
    const outcome = await watch.outcome(answers.owner, [await owner.open()])
    return { ...outcome, thiefGotIn: answers.thief.includes(200) }
  }
