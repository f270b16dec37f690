// Who the store is, and the sealed keys of the deployment: one hash each, written durably, the keys by compare-and-swap.

import type { Identity, SealedKeys } from '../../core/store.ts'
import { keysChanged } from './feed.ts'
import type { Keys } from './keys.ts'
import type { Runner } from './runner.ts'
import * as scripts from './scripts.ts'

/** See `Store.identify`. */
export async function identify(runner: Runner, names: Keys, { environment, keys }: Identity): Promise<Identity> {
  const proposal = [environment, ...[...keys].flatMap(([kid, fingerprint]) => [String(kid), fingerprint])]
  return identityIn((await runner.runDurably(scripts.identify, names.identity, proposal)) as Buffer[])
}

/** The identity in a hash as Redis tells it: field and value in turn. */
export function identityIn(flat: readonly unknown[]): Identity {
  let environment = ''
  const keys = new Map<number, string>()
  for (let at = 0; at < flat.length; at += 2) {
    const [field, value] = [String(flat[at]), String(flat[at + 1])]
    if (field === 'environment') environment = value
    else keys.set(Number(field), value)
  }
  return { environment, keys }
}

/** See `Store.readKeys`. */
export async function readKeys(runner: Runner, names: Keys, signal?: AbortSignal): Promise<SealedKeys | null> {
  const [version, text] = (await runner.run(scripts.readKeys, names.sealedKeys, [], signal)) as (Buffer | null)[]
  return version && text ? { version: Number(version), text: String(text) } : null
}

/** See `Store.writeKeys`. */
export async function writeKeys(
  runner: Runner,
  names: Keys,
  text: string,
  replacing: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const parameters = [text, String(replacing), names.channel, keysChanged]
  return (await runner.runDurably(scripts.writeKeys, names.sealedKeys, parameters, signal)) === 1
}
