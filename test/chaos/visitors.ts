// People who come and go: they sign in, renew a little, sign out, and then somebody tries whatever they leave behind, at
// every node, at once and later. Once a sign-out was acknowledged, nothing of the session may work again (I10).

import type { Chance } from './chance.ts'
import type { Kind } from './history.ts'
import { Holder } from './holder.ts'
import { sleep, type World } from './world.ts'

const stayMs = [0, 1500] as const
const betweenTriesMs = [0, 600] as const
const tries = 6

/** Comes and goes until the run is stopped; whoever has left is added to `departed`. */
export async function visit(world: World, chance: Chance, departed: Holder[]): Promise<void> {
  while (world.goesOn) {
    const kind: Kind = chance.happens(0.5) ? 'keyed' : 'plain'
    const holder = await Holder.signIn(world, chance, kind)
    if (holder === null) return
    for (let left = chance.between(0, 3); left > 0; left -= 1) {
      await sleep(chance.between(...stayMs) / 3)
      await holder.renewSurely()
    }
    if (chance.happens(0.5)) await holder.look()
    const late = chance.happens(0.3) ? holder.renew() : null
    const left = await holder.signOut()
    await late
    if (!left) return
    departed.push(holder)
    await tryWhatIsLeft(world, chance, holder)
  }
}

async function tryWhatIsLeft(world: World, chance: Chance, holder: Holder): Promise<void> {
  for (let left = tries; left > 0 && world.goesOn; left -= 1) {
    await tryOnce(world, chance, holder)
    await sleep(chance.between(...betweenTriesMs))
  }
}

/** The newest token, an old one, and the access token at every node. */
export async function tryOnce(world: World, chance: Chance, holder: Holder): Promise<void> {
  await Promise.all([
    holder.renew(),
    holder.renew({ token: chance.pick([holder.refreshToken, ...holder.olderTokens]) }),
    ...world.open.map((node) => holder.look(node)),
  ])
}
