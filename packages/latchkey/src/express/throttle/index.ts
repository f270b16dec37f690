// Limits on tries: of passwords, of clients' secrets, and on how often one session is renewed. On by default, on the same
// store as the sessions. It refuses for a while and never ends a session, and an outage of its counters is an outage (I3).
// How it is meant, in docs/throttling.md (TE-10).

import type { Request } from 'express'
import { isLatchkeyError, LatchkeyError, type Events, type Latchkey } from '../../index.ts'
import { originOf } from '../origin.ts'
import { accountDigest, nameOf } from './account-digest.ts'
import { addressOf } from './address.ts'
import { Brake } from './brake.ts'
import { countedName } from './counted-names.ts'
import { createLimiter, take } from './limiter.ts'
import { NodeCounters } from './node-counters.ts'
import { limitsOf, type Limits, type ThrottleOptions } from './options.ts'
import { SignInBrakes } from './sign-in.ts'

export type { ThrottleOptions } from './options.ts'

/** One try, counted before it is known how it ends. */
interface Try {
  /** The credentials were right. */
  readonly succeeded: () => Promise<void>
  /** They were wrong. */
  readonly failed: () => Promise<void>
  /** Nobody could say: an outage. */
  readonly undecided: () => Promise<void>
}

export interface Throttle {
  /** Counts a sign-in to this account. Throws `throttled`, `overloaded` or `store_unavailable`. */
  readonly signIn: (req: Request, account: string) => Promise<Try>
  /** Counts a client's try to prove who it is. Throws the same. */
  readonly client: (req: Request) => Promise<Try>
  /** Counts a renewal of this session. Throws `throttled`. */
  readonly renewal: (sessionId: string, req: Request) => void | Promise<void>
}

const nothing = async (): Promise<void> => undefined

/** So many sign-ins may be asking the counters at once; renewals ask the same store, and must not wait behind thousands (I7). */
const maxUnderWay = 256

/** Throws `option_invalid`. */
export function createThrottle(latchkey: Latchkey, options: ThrottleOptions | false = {}): Throttle {
  const free = { succeeded: nothing, undecided: nothing }
  const off: Throttle = {
    signIn: async (req, account) => ({ ...free, failed: reportRefused(latchkey, req, account) }),
    client: async () => ({ ...free, failed: nothing }),
    renewal: () => undefined,
  }
  if (options === false) return off
  const limits = limitsOf(options)
  return {
    signIn: signInThrottle(latchkey, limits),
    client: clientThrottle(latchkey, limits),
    renewal: renewalThrottle(latchkey, limits),
  }
}

function signInThrottle(latchkey: Latchkey, limits: Limits): Throttle['signIn'] {
  const brakes = new SignInBrakes(latchkey, limits)
  let underWay = 0
  return async (req, account) => {
    if (underWay >= maxUnderWay) throw new LatchkeyError('overloaded', { retryAfterSeconds: 2 })
    underWay += 1
    const entered = await brakes.enter(nameOf(account), addressOf(req)).finally(() => (underWay -= 1))
    if (typeof entered === 'number')
      throw throttled(latchkey, req, entered, { what: 'sign_in', account: accountDigest(account) })
    return {
      succeeded: () => unlessAway(entered.right()),
      failed: reportRefused(latchkey, req, account),
      undecided: () => unlessAway(entered.undo()),
    }
  }
}

function clientThrottle(latchkey: Latchkey, limits: Limits): Throttle['client'] {
  const { clientTries: tries, addressWaitSeconds: longestSeconds, forgetSeconds } = limits
  const brake = new Brake(latchkey, { name: 'client', tries, longestSeconds, forgetSeconds })
  return async (req) => {
    const key = countedName(latchkey, 'client', addressOf(req))
    const closedMs = await brake.closedMs(key)
    const { waitMs, undo } = closedMs > 0 ? { waitMs: closedMs, undo: nothing } : await brake.enter(key)
    if (waitMs > 0) throw throttled(latchkey, req, waitMs, { what: 'client' })
    return { succeeded: () => unlessAway(undo()), failed: nothing, undecided: () => unlessAway(undo()) }
  }
}

// In this node's memory: a renewal is one trip to the store, and stays one.
function renewalThrottle(latchkey: Latchkey, { renewalsPerMinute: points }: Limits): Throttle['renewal'] {
  const limiter = createLimiter(new NodeCounters(latchkey), { name: 'renewal', points, seconds: 60 })
  return async (sessionId, req) => {
    const waitMs = await take(limiter, sessionId)
    if (waitMs > 0) throw throttled(latchkey, req, waitMs, { what: 'renewal', sessionId })
  }
}

type About = Pick<Events['throttled'], 'what'> & Partial<Pick<Events['throttled'], 'account' | 'sessionId'>>

// The same answer whatever was counted; only the time differs.
function throttled(latchkey: Latchkey, req: Request, waitMs: number, about: About): LatchkeyError {
  latchkey.report('throttled', () => ({ account: null, sessionId: null, ...about, origin: originOf(req) }))
  return new LatchkeyError('throttled', {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
    detail: about.what,
  })
}

const reportRefused =
  (latchkey: Latchkey, req: Request, account: string): (() => Promise<void>) =>
  async () =>
    latchkey.report('sign_in_refused', () => ({
      account: accountDigest(account),
      subject: null,
      origin: originOf(req),
    }))

// What was decided stands: that it cannot be noted is no reason to refuse it.
async function unlessAway(noting: Promise<void>): Promise<void> {
  await noting.catch((error: unknown) => {
    if (!isLatchkeyError(error)) throw error
  })
}
