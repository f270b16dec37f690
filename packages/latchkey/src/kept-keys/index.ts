// Keeps a deployment's keys in its store, sealed: made once however many nodes start together, the same for all of them,
// and followed by new ones on schedule. All that a node needs to be given is the root secret.

import { MisuseError } from '../core/errors.ts'
import { signingAlgorithms, type KeySet, type SigningAlgorithm } from '../core/key-ring.ts'
import type { KeyRotation, KeySource, KeyStore } from '../core/key-source.ts'
import type { SealedKeys } from '../core/store.ts'
import { generateKeys } from '../generate-keys.ts'
import { parseKeySet } from '../key-file.ts'
import { hasDead, isDue, withNew, type KeySchedule, type NewKeys } from './schedule.ts'
import { keptKeysFields } from './limits.ts'
import { KeySeal } from './seal.ts'

export interface KeptKeysOptions {
  /** At least 32 random characters each. The first seals; the others still open what they have sealed. */
  readonly secrets: readonly string[]
  /** How access tokens are signed by keys made from now on; ES256 where nothing is said. */
  readonly alg?: SigningAlgorithm
  /** A signing key is followed by the next after so many days; 90 where nothing is said, 0 for never. */
  readonly rotateDays?: number
  /** A new key is known to all nodes for so long before it is used; 600 where nothing is said, 5 to 86,400. */
  readonly leadSeconds?: number
}

/** Every write may lose against another node's; that many in a row do not happen. */
const maxTries = 20

interface Held {
  readonly sealed: SealedKeys
  readonly keys: KeySet
}

class KeptKeys implements KeySource {
  readonly #seal: KeySeal
  readonly #alg: SigningAlgorithm
  readonly #schedule: KeySchedule
  #held: Held | undefined

  constructor({ secrets, alg = 'ES256', ...numbers }: KeptKeysOptions) {
    if (!signingAlgorithms.includes(alg)) throw invalid(`alg must be one of ${signingAlgorithms.join(', ')}`)
    this.#seal = new KeySeal(secrets)
    this.#alg = alg
    this.#schedule = { rotateDays: checked('rotateDays', numbers), leadMs: checked('leadSeconds', numbers) * 1000 }
  }

  get leadMs(): number {
    return this.#schedule.leadMs
  }

  async load(store: KeyStore, now: number): Promise<KeySet> {
    return this.#settle(store, now, (keys) => {
      if (isDue(keys, this.#schedule, now))
        return withNew(keys, this.#made({ signing: true, refresh: false }, keys), this.#schedule, now)
      return hasDead(keys, now) ? withNew(keys, {}, this.#schedule, now) : keys
    })
  }

  async rotate(store: KeyStore, now: number, wanted: KeyRotation): Promise<void> {
    let made: NewKeys | undefined
    await this.#settle(store, now, (keys) => {
      if (made !== undefined && holds(keys, made)) return keys
      made = this.#made(wanted, keys)
      return withNew(keys, made, this.#schedule, now)
    })
  }

  // Brings the store's set to where `wanted` leaves it alone, by compare-and-swap against all other nodes.
  async #settle(store: KeyStore, now: number, wanted: (keys: KeySet) => KeySet): Promise<KeySet> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const kept = await store.readKeys()
      const { keys, isSettled } = this.#newest(kept, now)
      const next = wanted(keys)
      if (isSettled && next === keys) return keys
      const text = this.#seal.seal(JSON.stringify(next))
      const replacing = kept?.version ?? 0
      if (await store.writeKeys(text, replacing)) this.#held = { sealed: { version: replacing + 1, text }, keys: next }
    }
    throw new Error('the keys were replaced by others again and again')
  }

  // What the store holds, unless it has lost writes: then what this node holds, to be put back.
  #newest(kept: SealedKeys | null, now: number): { readonly keys: KeySet; readonly isSettled: boolean } {
    const held = this.#held
    if (held !== undefined && (kept === null || kept.version < held.sealed.version)) {
      return { keys: held.keys, isSettled: false }
    }
    if (kept === null) return { keys: firstKeys(this.#alg, now), isSettled: false }
    if (held?.sealed.text === kept.text) {
      this.#held = { ...held, sealed: kept }
      return { keys: held.keys, isSettled: true }
    }
    const opened = this.#seal.open(kept.text)
    if (opened === null) {
      throw new MisuseError('keys_invalid', "the secret is not the one that has sealed the store's keys")
    }
    const keys = parseKeySet(opened.text, "the store's sealed text")
    this.#held = { sealed: kept, keys }
    // Sealed anew at a start alone: nodes that are given the secrets in different orders must not do so by turns.
    return { keys, isSettled: opened.isFirst || held !== undefined }
  }

  #made({ signing, refresh }: KeyRotation, keys: KeySet): NewKeys {
    const fresh = generateKeys(this.#alg)
    const kid = Math.max(...keys.refresh.map((key) => key.kid)) + 1
    if (refresh && kid > 255)
      throw new MisuseError('keys_invalid', 'all 255 refresh keys of this deployment are used up')
    const [signer] = fresh.signing
    const [root] = fresh.refresh
    return {
      ...(signing && signer !== undefined ? { signing: signer } : {}),
      ...(refresh && root !== undefined ? { refresh: { ...root, kid } } : {}),
    }
  }
}

// The schedule counts from when they were made.
function firstKeys(alg: SigningAlgorithm, now: number): KeySet {
  const { refresh, signing } = generateKeys(alg)
  const timed = <Key extends object>(key: Key): Key & { usedFrom: number } => ({ ...key, usedFrom: now })
  return { refresh: refresh.map(timed), signing: signing.map(timed) }
}

const holds = ({ signing, refresh }: KeySet, made: NewKeys): boolean =>
  signing.some(({ kid }) => kid === made.signing?.kid) || refresh.some(({ root }) => root === made.refresh?.root)

/** Where the keys are kept in the store itself, for `createLatchkey({ keys })`. Throws `option_invalid`. */
export const keptKeys = (options: KeptKeysOptions): KeySource => new KeptKeys(options)

function checked(name: keyof typeof keptKeysFields, given: Partial<Record<typeof name, number>>): number {
  const { default: fallback, min, max } = keptKeysFields[name]
  const value = given[name] ?? fallback
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw invalid(`${name} must be a whole number from ${min} to ${max}`)
}

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', message)

export { keptKeysFields, minSecretCharacters } from './limits.ts'
export type { KeptKeysField } from './limits.ts'
