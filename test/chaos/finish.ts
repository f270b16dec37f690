// The end of a run, when every fault is over: who still has a session must be able to go on with it, who has left must
// not, and a plain session that a thief had a share in ends for both. The record of this is the checker's best evidence.

import type { Answer } from '../helpers/requests.ts'
import type { Chance } from './chance.ts'
import type { Holder } from './holder.ts'
import { accessMs, leewayMs } from './limits.ts'
import type { Owner } from './owners.ts'
import type { Loot } from './thieves.ts'
import { tryOnce } from './visitors.ts'
import { sleep, type World } from './world.ts'

const most = 20
const againMs = 250

/** Asks until something was decided; throws where the servers stay away though nothing is broken any more. */
async function decided(act: () => Promise<Answer | null>): Promise<Answer> {
  for (let left = most; left > 0; left -= 1) {
    const answer = await act()
    if (answer !== null && answer.status !== 503) return answer
    await sleep(againMs)
  }
  throw new Error('the servers do not come back after the faults are over')
}

export interface Leftovers {
  readonly owners: readonly Owner[]
  readonly departed: readonly Holder[]
  readonly loot: readonly Loot[]
}

export async function finish(world: World, chance: Chance, left: Leftovers): Promise<void> {
  const holders = left.owners.map(({ holder }) => holder).filter((holder) => holder !== null)
  for (const holder of holders) {
    await decided(() => holder.renew())
    await holder.look()
  }
  for (const holder of left.departed) await tryOnce(world, chance, holder)
  await settle(holders, left.loot)
  // Whoever has left in the last seconds still has access tokens that look good.
  await sleep(Math.min(accessMs, 1000))
  for (const holder of left.departed.slice(-20)) await tryOnce(world, chance, holder)
}

// The owner moves on by two, outside the leeway; then the thief comes with what he has, and then the owner again.
async function settle(holders: readonly Holder[], loot: readonly Loot[]): Promise<void> {
  const open = loot.filter(({ victim, isRefused }) => !isRefused && holders.includes(victim))
  await sleep(open.length === 0 ? 0 : leewayMs + 500)
  for (const copy of open) {
    await decided(() => copy.victim.renew())
    await decided(() => copy.victim.renew())
  }
  await sleep(open.length === 0 ? 0 : leewayMs + 500)
  for (const copy of open) {
    await decided(() => copy.present('newest'))
    await decided(() => copy.victim.renew())
  }
}
