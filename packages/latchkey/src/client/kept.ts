// What an answer with tokens brings: it is kept before anybody may use it.

import type { Core } from './core.ts'
import { ClientError } from './errors.ts'
import { heldOf } from './held.ts'
import { sealed } from './seal.ts'
import { adopt, good } from './session.ts'
import type { Kept } from './storage.ts'
import type { Answer } from './wire.ts'

/**
 * Takes the tokens of an answer for the next ones of this session, unless somebody has ended it, or kept fresher ones,
 * since `epoch`. Throws `RefreshUnavailable` where it brought none of this session's, and `SignedOut`.
 */
export async function take(
  core: Core,
  { body, headers }: Answer,
  before: Partial<Kept>,
  turn: number,
  epoch: number,
): Promise<void> {
  const { inCookies, storage, proof } = core
  const lifeMs = Number(body['expiresIn']) * 1000
  const held = heldOf(core, body['accessToken'], turn, lifeMs, lifeMs)
  if (!held || (before.sessionId ?? held.sessionId) !== held.sessionId) throw new ClientError('RefreshUnavailable')
  const { accessToken, sessionId } = held
  const { refreshToken } = { ...before, ...body } as Kept
  if (!((before.turn ?? 0) >= turn)) {
    await storage.write({
      ...before,
      sessionId,
      turn,
      lifeMs,
      expiresAt: core.now() + lifeMs,
      nonce: headers.get(proof.nonceHeader) ?? before.nonce,
      ...(inCookies ? await sealed(core, before, accessToken) : { refreshToken, accessToken }),
    })
  }
  if (core.epoch !== epoch) return settled(core)
  adopt(core, held)
  core.channel?.postMessage(0)
}

/** What was asked for is not wanted any more; there may be another session in its place. Throws `SignedOut`. */
export function settled(core: Core): void {
  if (!good(core)) throw new ClientError('SignedOut')
}
