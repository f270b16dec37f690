// Who may try a password now. Counted are the pair of account and address, the address, and the account, each with waits
// of its own (ASVS 6.3). Strangers can make an account wait, so its waits are short, and where the owner has signed in
// before only the pair's hold: nobody can keep him out for good. Unknown accounts are counted like known ones (attack 40).

import type { Latchkey } from '../../index.ts'
import { Brake, type BrakeOptions, type Entry } from './brake.ts'
import { countedName } from './counted-names.ts'
import { createLimiter, type Limiter } from './limiter.ts'
import type { Limits } from './options.ts'

/** A try that may be looked at. */
export interface Admitted {
  /** It was right: the pair's wrong tries are forgiven, and the address is known from now on. */
  readonly right: () => Promise<void>
  /** Nobody knows: it does not count. */
  readonly undo: () => Promise<void>
}

export class SignInBrakes {
  readonly #latchkey: Latchkey
  readonly #pair: Brake
  readonly #address: Brake
  readonly #account: Brake
  readonly #known: Limiter
  readonly #knownSeconds: number

  constructor(latchkey: Latchkey, limits: Limits) {
    const { forgetSeconds, knownAddressSeconds } = limits
    const brake = (options: Omit<BrakeOptions, 'forgetSeconds'>): Brake =>
      new Brake(latchkey, { ...options, forgetSeconds })
    this.#latchkey = latchkey
    this.#pair = brake({ name: 'pair', tries: limits.pairTries, longestSeconds: limits.pairWaitSeconds })
    this.#address = brake({ name: 'address', tries: limits.addressTries, longestSeconds: limits.addressWaitSeconds })
    this.#account = brake({ name: 'account', tries: limits.accountTries, longestSeconds: limits.accountWaitSeconds })
    this.#known = createLimiter(latchkey, { name: 't:known', points: 1, seconds: knownAddressSeconds })
    this.#knownSeconds = knownAddressSeconds
  }

  /** Counts a try, or says how many milliseconds to wait. Rejects with `store_unavailable`, and then has counted nothing. */
  async enter(account: string, address: string): Promise<Admitted | number> {
    const [forPair, forAddress, forAccount] = this.#keysOf(account, address)
    if (address === '') return this.#byAccountAlone(forAccount)
    const [pairMs, addressMs, accountMs, known] = await Promise.all([
      this.#pair.closedMs(forPair),
      this.#address.closedMs(forAddress),
      this.#account.closedMs(forAccount),
      this.#known.get(forPair),
    ])
    const isKnown = known !== null
    const ownMs = Math.max(pairMs, isKnown ? 0 : addressMs)
    if (ownMs > 0) return ownMs
    // The address comes first: of the names that it tries too many of, no counter stays behind (I7).
    const byAddress = isKnown ? [] : await enterAll([() => this.#address.enter(forAddress)])
    const turnedAwayMs = longestOf(byAddress)
    if (turnedAwayMs > 0) return turnedAwayMs
    const pair = (): Promise<Entry> => this.#pair.enter(forPair)
    // Knocking at a closed account counts where it comes from, or one address could take every turn of the account.
    if (!isKnown && accountMs > 0) {
      await enterAll([pair], byAddress)
      return accountMs
    }
    const byAccount = isKnown ? [] : [() => this.#account.enter(forAccount)]
    return this.#admit(await enterAll([pair, ...byAccount], byAddress), forPair)
  }

  // Without an address everybody would share one, and strangers could cause its long waits.
  async #byAccountAlone(key: string): Promise<Admitted | number> {
    const closedMs = await this.#account.closedMs(key)
    if (closedMs > 0) return closedMs
    const { waitMs, undo } = await this.#account.enter(key)
    return waitMs > 0 ? waitMs : { right: undo, undo }
  }

  async #admit(entries: readonly Entry[], forPair: string): Promise<Admitted | number> {
    const undo = (): Promise<void> => undoAll(entries)
    const waitMs = longestOf(entries)
    if (waitMs > 0) {
      await undo()
      return waitMs
    }
    const [pair, ...others] = entries
    const right = async (): Promise<void> => {
      const remembered = this.#known.set(forPair, 1, this.#knownSeconds)
      await Promise.all([pair?.clear(), undoAll(others), remembered])
    }
    return { right, undo }
  }

  #keysOf(account: string, address: string): readonly [string, string, string] {
    const named = (...parts: readonly string[]): string => countedName(this.#latchkey, ...parts)
    return [named('pair', account, address), named('address', address), named('account', account)]
  }
}

const longestOf = (entries: readonly Entry[]): number => Math.max(0, ...entries.map(({ waitMs }) => waitMs))

// Where one cannot be counted, the others are not either, nor those that were before them.
async function enterAll(
  enter: readonly (() => Promise<Entry>)[],
  before: readonly Entry[] = [],
): Promise<readonly Entry[]> {
  const outcomes = await Promise.allSettled(enter.map((each) => each()))
  const entries = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue
    await undoAll([...entries, ...before]).catch(() => undefined)
    throw outcome.reason
  }
  return [...entries, ...before]
}

const undoAll = async (entries: readonly Entry[]): Promise<void> =>
  void (await Promise.all(entries.map(({ undo }) => undo())))
