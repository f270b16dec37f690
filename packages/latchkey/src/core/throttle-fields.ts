// The limits on tries, decided once as the lifetimes are (policy.ts), and apart from those because whoever serves the
// requests keeps them, not the engine. docs/throttling.md and the server's settings are made from this table.

import type { PolicyField } from './policy.ts'

const day = 86_400

/** The names of the limits on tries. */
export type ThrottleName =
  | 'pairTries'
  | 'pairWaitSeconds'
  | 'addressTries'
  | 'addressWaitSeconds'
  | 'accountTries'
  | 'accountWaitSeconds'
  | 'clientTries'
  | 'forgetSeconds'
  | 'knownAddressSeconds'
  | 'renewalsPerMinute'

/** The limits on tries. Times are in seconds. */
export const throttleFields: Readonly<Record<ThrottleName, PolicyField>> = {
  pairTries: {
    default: 10,
    min: 1,
    max: 100,
    says: 'Wrong sign-ins to one account from one address that cost no wait. After each further one comes a wait, twice as long as the one before.',
  },
  pairWaitSeconds: { default: 900, min: 1, max: 3600, says: 'The longest of these waits.' },
  addressTries: {
    default: 50,
    min: 1,
    max: 10_000,
    says: 'The same for one address, whatever the accounts. Many people may share it.',
  },
  addressWaitSeconds: { default: 900, min: 1, max: 3600, says: 'The longest wait of an address.' },
  accountTries: { default: 20, min: 1, max: 1000, says: 'The same for one account, whatever the addresses.' },
  accountWaitSeconds: {
    default: 60,
    min: 1,
    max: 300,
    says: 'The longest wait of an account. It is short because strangers can cause it.',
  },
  clientTries: {
    default: 20,
    min: 1,
    max: 10_000,
    says: 'The same for OAuth clients that name a wrong secret, by address; the longest wait is that of an address.',
  },
  forgetSeconds: {
    default: day,
    min: 60,
    max: 31 * day,
    says: 'So long after the first of them, wrong tries are forgotten.',
  },
  knownAddressSeconds: {
    default: 30 * day,
    min: 60,
    max: 31 * day,
    says: 'So long after a sign-in, its address is known as one of the account: only waits of the two together hold there.',
  },
  renewalsPerMinute: {
    default: 600,
    min: 5,
    max: 1_000_000,
    says: 'Renewals of one session on one node within a minute; the next get 429, and the session goes on.',
  },
}

/** The limits that differ from the defaults. */
export type ThrottleLimits = { readonly [Name in ThrottleName]?: number }
