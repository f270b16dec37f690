// Fills a store with sessions through `latchkey.signIn`, and rotates each of them in random order by the store's own
// `advance`, without signatures. Used wherever the bytes of a session are counted.

import { createLatchkey, generateKeys, type Store } from 'latchkey'
import { issuer } from '../server/cases.ts'
import { beginSessions, rowsOf, type browser } from '../server/seed.ts'

/** How many sessions stand in an SQLite file, and how many in an engine, where a rotation takes a round trip. */
export const sizedSessions = 10_000
export const sizedInEngines = 4000
export const sizedRotations = 100
export const noDevice: typeof browser = { label: '', userAgent: '', place: '' }

const atOnce = 250

export async function fill(store: Store, sessions: number, device: typeof browser): Promise<void> {
  const latchkey = await createLatchkey({ issuer, keys: generateKeys(), store })
  await beginSessions(latchkey, sessions, 'session_key', device)
}

/** Rotates every session `sizedRotations` times. */
export async function rotateAll(store: Store): Promise<void> {
  const rows = await rowsOf(store)
  const generations = new Map(rows.map(({ sid, generation }) => [sid, generation]))
  const order = rows.map(({ sid }) => sid)
  for (let rotation = 0; rotation < sizedRotations; rotation += 1) {
    shuffle(order)
    for (let start = 0; start < order.length; start += atOnce) {
      await Promise.all(order.slice(start, start + atOnce).map((sid) => rotate(store, sid, generations)))
    }
  }
}

async function rotate(store: Store, sid: string, generations: Map<string, number>): Promise<void> {
  const from = generations.get(sid) ?? 0
  await advanceFrom(store, sid, from)
  generations.set(sid, from + 1)
}

/** One rotation, which must happen. */
export async function advanceFrom(store: Store, sid: string, from: number): Promise<void> {
  const at = Date.now()
  const idleExpiresAt = at + 1_209_600_000
  const step = { sid, from, to: from + 1, at, idleExpiresAt, client: 'first-party', thumbprint: null }
  const moved = await store.advance(step)
  if (moved?.generation !== from + 1) throw new Error('a rotation did not happen')
}

function shuffle(list: string[]): void {
  for (let index = list.length - 1; index > 0; index -= 1) {
    const other = Math.floor(Math.random() * (index + 1))
    const [one = '', two = ''] = [list[index], list[other]]
    list[index] = two
    list[other] = one
  }
}
