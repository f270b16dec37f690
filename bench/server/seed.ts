// Begins the sessions that a case is measured with, and writes what the loader needs of them into a file. It goes
// through `latchkey.signIn`, so that rows and tokens are exactly the product's.

import { writeFileSync } from 'node:fs'
import type { Latchkey, Session, SignedIn, Store } from 'latchkey'

export interface SeedSession {
  readonly refresh: string
  readonly access: string
  readonly nonce: string | null
  readonly key: string | null
}

export interface Seed {
  readonly sessions: readonly SeedSession[]
  /** What GET /me answers. */
  readonly body: string
  /** Whether refresh tokens carry a generation that grows by one. */
  readonly chains: boolean
  /** An access token whose session was revoked, for a look before the rounds. */
  readonly revoked: string | null
}

/** What a browser says of itself: rows are as long as in real use. */
export const browser = {
  label: 'Firefox on Linux',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0',
  place: '198.51.100.0',
}

const atOnce = 250

/** The user of the session with this number. */
const subjectOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`

/** The rows of the sessions that `beginSessions` began, asked for user by user. */
export async function rowsOf(store: Store): Promise<Session[]> {
  const rows: Session[] = []
  for (let first = 0; ; first += atOnce) {
    const subjects = Array.from({ length: atOnce }, (_, index) => subjectOf(first + index))
    const found = (await Promise.all(subjects.map((subject) => store.list({ subject, limit: 10 })))).flat()
    if (found.length === 0) return rows
    rows.push(...found)
  }
}

/** Begins sessions, each of a user of its own with an id of 36 characters. */
export async function beginSessions(
  latchkey: Latchkey,
  count: number,
  proof: 'plain' | 'session_key',
  origin: Partial<typeof browser> = browser,
): Promise<SignedIn[]> {
  const begun: SignedIn[] = []
  while (begun.length < count) {
    const subjects = Array.from({ length: Math.min(atOnce, count - begun.length) }, (_, index) =>
      subjectOf(begun.length + index),
    )
    const signIn = (subject: string): Promise<SignedIn> =>
      latchkey.signIn({ subject, proof, transport: 'body', origin: () => origin })
    begun.push(...(await Promise.all(subjects.map(signIn))))
  }
  return begun
}

export const seedOf = (begun: readonly SignedIn[], body: string, revoked: string | null = null): Seed => ({
  sessions: begun.map(({ refreshToken, accessToken, nonce, sessionKey }) => {
    return { refresh: refreshToken, access: accessToken, nonce, key: sessionKey }
  }),
  body,
  chains: true,
  revoked,
})

export const writeSeed = (file: string, seed: Seed): void => writeFileSync(file, JSON.stringify(seed))
