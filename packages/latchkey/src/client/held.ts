// The access token in memory: whose it is, and for how long it is good.

import { fromBase64url } from './bytes.ts'
import type { World } from './core.ts'
import { maxLeadMs } from './limits.ts'
import { spanOf, type Span } from './span.ts'
import type { Kept } from './storage.ts'

export interface Held {
  readonly accessToken: string
  readonly sessionId: string
  readonly subject: string
  /** Its generation, as this device counts; the higher one is the fresher. */
  readonly turn: number
  readonly lifeMs: number
  readonly leftMs: Span
  /** So long before its end it is renewed; `Infinity` where a server has refused it, or somebody needs more than it has. */
  leadMs: number
}

/** What an access token says of itself, unchecked: it is ours already. Nothing where it is none of Latchkey's. */
export const identityOf = (accessToken: unknown): { readonly sid?: string; readonly sub?: string } => {
  try {
    return JSON.parse(new TextDecoder().decode(fromBase64url((accessToken as string).split('.')[1] as string)))
  } catch {
    return {}
  }
}

/** A token of this turn, with these times. Undefined where it is none, or has no time left. */
export const heldOf = (
  core: World,
  accessToken: unknown,
  { turn, lifeMs = 0, expiresAt = 0 }: Pick<Kept, 'turn' | 'lifeMs' | 'expiresAt'>,
): Held | undefined => {
  const leftMs = expiresAt - core.now()
  const { sid: sessionId, sub: subject } = identityOf(accessToken)
  if (!(sessionId && subject && leftMs > 0)) return undefined
  return {
    accessToken: accessToken as string,
    sessionId,
    subject,
    turn,
    lifeMs,
    // Tabs and devices must not all come at the same moment.
    leadMs: Math.min(maxLeadMs, lifeMs / 5) * (0.9 + core.chance() / 5),
    leftMs: spanOf(core, Math.min(leftMs, lifeMs)),
  }
}
