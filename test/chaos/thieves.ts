// Thieves of refresh tokens, one for each hundred owners and one for the plain ones: they copy a token at some moment and
// present it, soon and late and several times. From a keyed session they must never get anything. From a plain one they
// may, until the owner and they have come with the same token outside the leeway.

import { randomBytes } from 'node:crypto'
import type { Answer } from '../helpers/requests.ts'
import type { Chance } from './chance.ts'
import type { Holder } from './holder.ts'
import { leewayMs } from './limits.ts'
import type { Owner } from './owners.ts'
import { send } from './wire.ts'
import { sleep, type World } from './world.ts'

/** Ahead of the owner's next renewal, inside the leeway, and outside it. */
const thiefWaitsMs: readonly (readonly [number, number])[] = [
  [0, 400],
  [0, leewayMs / 2],
  [leewayMs + 100, leewayMs + 1000],
]

const mac = (): string => randomBytes(32).toString('base64url')

/** What somebody without the session key can put into the header, knowing a nonce of the session. */
const proofs: readonly ((nonce: string) => Record<string, string>)[] = [
  () => ({}),
  (nonce) => ({ 'Latchkey-Proof': `v1.${nonce}.${mac()}` }),
  () => ({ 'Latchkey-Proof': 'v1' }),
  (nonce) => ({ 'Latchkey-Proof': `v1.${nonce}.` }),
]

/** Steals from one keyed owner after the other. */
export async function robKeyed(world: World, chance: Chance, owners: readonly Owner[]): Promise<void> {
  while (world.goesOn) {
    const victim = chance.pick(owners).holder
    if (victim === null) return
    const stolen = victim.refreshToken
    for (let left = chance.between(1, 5); left > 0; left -= 1) {
      await sleep(chance.between(0, 900))
      const headers = chance.pick(proofs)(victim.nonce)
      const node = world.anyNode(chance)
      const theft = { who: 'thief', kind: 'keyed', route: 'renew', node, headers, refreshToken: stolen } as const
      await send(world, { ...theft, body: { refreshToken: stolen } })
    }
    await sleep(chance.between(50, 400))
  }
}

/** A copy of a plain session's token, and what the thief has made of it. */
export class Loot {
  readonly victim: Holder
  readonly #world: World
  readonly #chance: Chance
  readonly #stolen: string
  #newest: string
  isRefused = false

  constructor(world: World, chance: Chance, victim: Holder) {
    this.#world = world
    this.#chance = chance
    this.victim = victim
    this.#stolen = victim.refreshToken
    this.#newest = victim.refreshToken
  }

  async present(which: 'stolen' | 'newest'): Promise<Answer | null> {
    const token = which === 'stolen' ? this.#stolen : this.#newest
    const node = this.#world.anyNode(this.#chance)
    const theft = { who: 'thief', kind: 'plain', route: 'renew', node, refreshToken: token } as const
    // It may end the session, which is durable.
    const present = () => send(this.#world, { ...theft, body: { refreshToken: token } })
    const answer = await this.#world.durably(present)
    if (answer?.status === 200) this.#newest = (answer.body as { refreshToken: string }).refreshToken
    if (answer?.status === 403) this.isRefused = true
    return answer
  }
}

/** Steals from one plain owner after the other; what he has taken is added to `loot`. */
export async function robPlain(world: World, chance: Chance, owners: readonly Owner[], loot: Loot[]): Promise<void> {
  while (world.goesOn) {
    const victim = chance.pick(owners).holder
    if (victim === null) return
    const copy = new Loot(world, chance, victim)
    loot.push(copy)
    await sleep(chance.between(0, 300))
    await copy.present('stolen')
    for (let left = 5; left > 0 && world.goesOn && !copy.isRefused; left -= 1) {
      await sleep(chance.between(...chance.pick(thiefWaitsMs)))
      await copy.present(chance.happens(0.8) ? 'newest' : 'stolen')
    }
  }
}
