// What an attacker may have got hold of: tokens, keys, proofs and passwords of sessions of every kind. The fuzzer sends it in
// every place but the one where it would be right, and looks for it in every answer.

import { KeyedClient } from '../../helpers/keyed-client.ts'
import type { Target } from '../target.ts'

export interface Loot {
  /** Everything that is secret, or that a request may carry. */
  readonly all: readonly string[]
  readonly password: string
  /** DPoP proofs, well made and for another request. */
  readonly proofs: readonly string[]
  /** Values of Authorization with client secrets that are wrong. */
  readonly basics: readonly string[]
}

/** Sessions of every kind, begun for the occasion. */
export async function gather(target: Target, proofs: readonly string[]): Promise<Loot> {
  const plain = await target.signIn()
  const keyed = await KeyedClient.signIn(target.url, target.user)
  const { password } = target.user
  const all = [
    plain.accessToken,
    plain.refreshToken,
    keyed.accessToken,
    keyed.refreshToken,
    keyed.sessionKey,
    keyed.nonce,
    password,
  ]
  const basics = [
    'Basic',
    'Basic Og==',
    'Basic OnNlY3JldA==',
    `Basic ${Buffer.from('first-party:').toString('base64')}`,
    'Basic \\',
  ]
  return { all, password, proofs, basics }
}

/** The same of sessions that are over: what is spoiled at random may become whole again, and must not be worth anything then. */
export async function gatherDead(target: Target, proofs: readonly string[]): Promise<Loot> {
  const loot = await gather(target, proofs)
  for (const token of loot.all) {
    if (token.startsWith('lkr1_')) await target.sendJson('POST /logout', { token })
  }
  return { ...loot, all: loot.all.filter((each) => each !== loot.password), password: 'no password at all' }
}
