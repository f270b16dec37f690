// What the groups of the suite share: the form of a case, and the few acts that most of them begin with.

import assert from 'node:assert/strict'
import type { Session } from '../../core/session.ts'
import type { Bound, Step, Store, Watcher } from '../../core/store.ts'
import { sampleSession } from '../sample-session.ts'

export { begun } from '../sample-session.ts'

/** Stores on the same data; a case that races goes through all of them. */
export type Openings = readonly [Store, ...Store[]]

export interface Case {
  /** A sentence in the present tense, naming the promise. */
  readonly name: string
  readonly run: (openings: Openings) => Promise<void>
}

/** A bound that no case meets by accident. */
export const roomy: Bound = { max: 1000, evict: true }

export const second = 1000

/** The openings by turns. */
export const turn = (openings: Openings, index: number): Store => openings[index % openings.length] ?? openings[0]

/** `count` promises at once, the openings by turns. */
export const race = <Result>(
  openings: Openings,
  count: number,
  act: (store: Store, index: number) => Promise<Result>,
): Promise<Result[]> => Promise.all(Array.from({ length: count }, (_, index) => act(turn(openings, index), index)))

/** Inserts a sample session; fails where it is refused. */
export async function begin(store: Store, overrides: Partial<Session> = {}): Promise<Session> {
  const session = sampleSession(overrides)
  assert.deepEqual(await store.insert(session, roomy), { inserted: true, evicted: [] })
  return session
}

/** The same, several times, one millisecond apart: the oldest first. */
export async function beginSeveral(store: Store, count: number, overrides: Partial<Session> = {}): Promise<Session[]> {
  const sessions: Session[] = []
  for (let index = 0; index < count; index += 1) {
    const createdAt = (overrides.createdAt ?? sampleSession().createdAt) + index
    sessions.push(await begin(store, { ...overrides, createdAt }))
  }
  return sessions
}

/** A watcher that is called whatever it is told. */
export const watching = (told: () => void): Watcher => ({ revoked: told, changed: told, lost: () => undefined })

/** The next step of a session, one second after its last. */
export const stepOf = (session: Session, overrides: Partial<Step> = {}): Step => ({
  sid: session.sid,
  from: session.generation,
  to: session.generation + 1,
  at: session.rotatedAt + second,
  idleExpiresAt: session.idleExpiresAt + second,
  client: session.client,
  thumbprint: session.thumbprint,
  ...overrides,
})

/** The row that a session is after a step. */
export const stepped = (session: Session, { to, at, idleExpiresAt }: Step): Session => ({
  ...session,
  generation: to,
  rotatedAt: at,
  idleExpiresAt,
})

/** The row that a session is after its end. */
export const ended = (session: Session, revokedAt: number, revokedReason: Session['revokedReason']): Session => ({
  ...session,
  revokedAt,
  revokedReason,
})

export const sids = (sessions: readonly Session[]): string[] => sessions.map(({ sid }) => sid)

export const sortedSids = (sessions: readonly Session[]): string[] => sids(sessions).sort()
