// Honest owners: they renew all the time, in several tabs at once, lose answers, come back with tokens that they had long
// ago, and show their access tokens in between. A plain owner never has two generations under way, and asks again at
// once, because its leeway is short; a keyed one may be as careless as it likes.

import type { Chance } from './chance.ts'
import { Holder } from './holder.ts'
import type { Kind } from './history.ts'
import { sleep, type World } from './world.ts'

const shareOfTabs = 0.2
const shareOfLost = 0.1
const shareOfOld = 0.05
const shareOfLooks = 0.25
const pauseMs = { keyed: [100, 700], plain: [300, 1500] } as const

/** Somebody who owns a session for as long as he can, and then another. */
export class Owner {
  readonly kind: Kind
  readonly chance: Chance
  readonly #world: World
  #holder: Holder | null = null
  /** Sessions that were refused. */
  lostSessions = 0

  constructor(world: World, chance: Chance, kind: Kind) {
    this.#world = world
    this.chance = chance
    this.kind = kind
  }

  /** The session that he has at the moment. */
  get holder(): Holder | null {
    return this.#holder
  }

  async begin(): Promise<void> {
    this.#holder = await Holder.signIn(this.#world, this.chance, this.kind)
  }

  /** Goes on until the run is stopped. */
  async live(): Promise<void> {
    const [least, most] = pauseMs[this.kind]
    while (this.#world.goesOn && this.#holder !== null) {
      await sleep(this.chance.between(least, most))
      if (await this.#isRefused(this.#holder)) {
        this.lostSessions += 1
        await this.begin()
      }
    }
  }

  async #isRefused(holder: Holder): Promise<boolean> {
    const { chance } = this
    const tabs = chance.happens(shareOfTabs) ? 2 : 1
    const token = this.kind === 'keyed' && chance.happens(shareOfOld) ? holder.olderTokens[0] : undefined
    const renewing = Array.from({ length: tabs }, () =>
      holder.renew({
        token: token ?? holder.refreshToken,
        hangUpMs: chance.happens(shareOfLost) ? chance.between(1, 12) : undefined,
      }),
    )
    const answers = await Promise.all(renewing)
    const heard = answers.find((answer) => answer !== null && answer.status !== 503) ?? null
    const last = heard ?? (await holder.renewSurely())
    if (chance.happens(shareOfLooks)) await holder.look()
    return last !== null && last.status === 403
  }
}
