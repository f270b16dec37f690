// Records written by hand, for showing that the checker finds what it is there to find: a short calm run in which all is
// well, and the means to change one thing about it.

import type { Exchange, Fault } from './history.ts'

export interface Planted {
  readonly exchanges: readonly Exchange[]
  readonly faults: readonly Fault[]
}

/** A token of a session; `fork` names another one of the same generation. */
export const token = (session: string, generation: number, fork = ''): NonNullable<Exchange['got']> => ({
  session,
  generation,
  hash: `${session}-${generation}${fork}`,
})

const blank: Exchange = {
  who: 'owner',
  kind: 'keyed',
  route: 'renew',
  node: 0,
  session: null,
  presented: null,
  accessSince: null,
  sentAt: 0,
  endedAt: 0,
  status: 200,
  reason: null,
  got: null,
}

/** An exchange that was answered ten milliseconds after it was sent. */
export const exchange = (sentAt: number, given: Partial<Exchange>): Exchange => ({
  ...blank,
  session: given.presented?.session ?? given.got?.session ?? null,
  sentAt,
  endedAt: sentAt + 10,
  ...given,
})

export const signedIn = (at: number, kind: Exchange['kind'], session: string): Exchange =>
  exchange(at, { kind, route: 'login', got: token(session, 1) })

/** A renewal from one generation to the next. */
export const renewed = (at: number, session: string, from: number, given: Partial<Exchange> = {}): Exchange =>
  exchange(at, { presented: token(session, from), got: token(session, from + 1), ...given })

/** A renewal that was refused. */
export const refused = (at: number, session: string, from: number, given: Partial<Exchange> = {}): Exchange =>
  exchange(at, { presented: token(session, from), status: 403, reason: 'ended', ...given })

export const signedOut = (at: number, session: string, node = 0): Exchange =>
  exchange(at, { route: 'logout', presented: token(session, 1), status: 204, node })

/** An access token shown, from a renewal that was sent at `since`. */
export const looked = (at: number, session: string, since: number, given: Partial<Exchange> = {}): Exchange =>
  exchange(at, { route: 'me', session, accessSince: since, ...given })

export const fault = (fromAt: number, untilAt: number, given: Partial<Fault> = {}): Fault => ({
  what: 'a fault',
  fromAt,
  untilAt,
  node: null,
  clockWrong: false,
  losesSinceAt: null,
  ...given,
})

const plain = { kind: 'plain' } as const
const thief = { who: 'thief', ...plain } as const

/** Everything that is right, and much that only looks wrong. */
export const fine: Planted = {
  exchanges: [
    signedIn(0, 'keyed', 'ada'),
    renewed(100, 'ada', 1),
    // Lost, and asked again: the same successor.
    renewed(200, 'ada', 2, { status: null, got: null }),
    renewed(300, 'ada', 2),
    exchange(400, { presented: token('ada', 3), status: 503 }),
    // An old token, however late, leads to the newest.
    exchange(90_000, { presented: token('ada', 1), got: token('ada', 3) }),
    looked(90_100, 'ada', 90_000),
    // Too old an access token, and a thief without the key.
    looked(120_000, 'ada', 90_000, { status: 401, reason: 'expired' }),
    refused(120_100, 'ada', 3, { who: 'thief', reason: 'unproved' }),
    signedOut(130_000, 'ada'),
    refused(130_020, 'ada', 3),
    looked(130_100, 'ada', 129_000, { node: 1 }),
    looked(133_000, 'ada', 129_000, { node: 1, status: 401, reason: 'ended' }),
    signedIn(0, 'plain', 'bob'),
    renewed(100, 'bob', 1, plain),
    renewed(2000, 'bob', 1, thief),
    renewed(8000, 'bob', 2, thief),
    refused(20_000, 'bob', 2, { ...plain, reason: 'reuse' }),
    refused(21_000, 'bob', 3, thief),
    // A thief who had a share, and in the end heard of nothing but outages.
    signedIn(0, 'plain', 'kim'),
    renewed(100, 'kim', 1, plain),
    renewed(200, 'kim', 1, thief),
    exchange(9000, { ...thief, presented: token('kim', 2), status: 503 }),
    refused(9500, 'kim', 2, plain),
    signedIn(0, 'plain', 'eve'),
    renewed(100, 'eve', 1, plain),
    // Lost rotations make an old token the newest again.
    renewed(60_000, 'eve', 1, plain),
    exchange(61_000, { node: 2, presented: token('eve', 2), kind: 'plain', status: 503 }),
  ],
  faults: [fault(50, 200, { losesSinceAt: 0 }), fault(60_500, 62_000, { node: 2, clockWrong: true })],
}
