// Chance on a seed: the same seed plans the same faults and the same habits of the clients. How the processes run beside
// that is up to the machine, so a seed brings a run near to an old one, never to the same interleaving.

export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 to below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** Whether something that happens this often, from 0 to 1, happens now. */
  happens(share: number): boolean {
    return this.next() < share
  }

  pick<Each>(list: readonly Each[]): Each {
    const picked = list[this.between(0, list.length - 1)]
    if (picked === undefined) throw new Error('nothing to pick from')
    return picked
  }

  shuffled<Each>(list: readonly Each[]): Each[] {
    const left = [...list]
    return list.map(() => left.splice(this.between(0, left.length - 1), 1)).flat()
  }

  /** A chance of its own, so that how often one client asks does not change what another does. */
  fork(): Chance {
    return new Chance(this.between(0, 0xffff_ffff))
  }
}
