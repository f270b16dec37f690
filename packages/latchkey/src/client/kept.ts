// What an answer with tokens brings: it is kept before anybody may use it.

import { noop, type Core } from './core.ts'
import { clientError } from './errors.ts'
import { heldOf } from './held.ts'
import { sealed } from './seal.ts'
import { adopt } from './session.ts'
import type { Kept } from './storage.ts'
import type { Answer } from './wire.ts'

/**
 * Takes the tokens of an answer for the next ones of this session, unless somebody has ended it meanwhile, or kept fresher
 * ones. Throws `RefreshUnavailable` where it brought none of this session's.
 */
export const take = async (core: Core, answer: Answer, before: Partial<Kept>, turn: number): Promise<void> => {
  const lifeMs = (answer.body['expiresIn'] as number) * 1000
  const times = { turn, lifeMs, expiresAt: answer.at + lifeMs }
  const held = heldOf(core, answer.body['accessToken'], times)
  if (!held || (before.sessionId ?? held.sessionId) !== held.sessionId) throw clientError('RefreshUnavailable')
  if ((before.turn ?? 0) < turn) {
    await core.storage.write({
      ...before,
      ...times,
      sessionId: held.sessionId,
      nonce: answer.headers.get(core.proof.nonceHeader) ?? before.nonce,
      // Without WebCrypto there is nothing for the other tabs.
      ...(await (core.mode?.keep(answer.body, before) ?? sealed(held.accessToken).catch(noop))),
    })
  }
  adopt(core, held)
  core.channel?.postMessage(0)
}
