// Attack cases 35 (ends that come by time), 42 and 43: lives that are over, bounds that hold, and a database that fails. The
// instants of a row are moved from outside, because nobody can wait for thirty days.

import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { ask, claimsOf, generationOf, renew, signed, signIn, sidOf, type Signed } from '../helpers/requests.ts'
import { useTarget } from './target.ts'

const target = useTarget({
  LATCHKEY_MAX_SESSIONS: '5',
  LATCHKEY_STORE_DEADLINE_SECONDS: '1',
  LATCHKEY_LEEWAY_SECONDS: '5',
  LATCHKEY_THROTTLE_RENEWALS_PER_MINUTE: '100000',
})
const day = 86_400_000

/** Runs statements on the database beside the server. */
function alter(act: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(target().server.databasePath)
  try {
    database.exec('PRAGMA busy_timeout = 2000')
    act(database)
  } finally {
    database.close()
  }
}

/** Sets instants of the session of this token. */
const moveTo = ({ refreshToken }: Signed, columns: Readonly<Record<string, number>>): void =>
  alter((database) => {
    const sets = Object.keys(columns).map((name) => `${name} = ?`)
    const sid = Buffer.from(sidOf(refreshToken), 'hex')
    database
      .prepare(`UPDATE latchkey_sessions SET ${sets.join(', ')} WHERE sid = ?`)
      .run(...Object.values(columns), sid)
  })

const rowOf = ({ refreshToken }: Signed): string =>
  target()
    .rows()
    .find((row) => row.includes(sidOf(refreshToken))) ?? ''

describe('attack 35: a renewal after the end of the session', () => {
  test.each([
    [
      'the absolute end, although it was busy a moment ago (RT-7)',
      { absolute_expires_at: -1000, idle_expires_at: day },
    ],
    ['the idle end, although it had weeks to live (RT-8)', { absolute_expires_at: 20 * day, idle_expires_at: -1000 }],
  ])('after %s is 403, and nothing moves', async (_what, offsets) => {
    const one = await target().signIn()
    const entries = Object.entries(offsets).map(([name, offset]) => [name, Date.now() + offset] as const)
    moveTo(one, Object.fromEntries(entries))
    await target().unmoved(async () => {
      expect((await renew(target().url, one.refreshToken)).text).toBe('{"error":"Forbidden"}')
      expect((await ask(target().url, 'GET /sessions', { bearer: one.accessToken })).status).toBe(401)
    })
  })

  test('no renewal moves the absolute end, and no access token outlives it (RT-7, SE-5)', async () => {
    const one = await target().signIn()
    moveTo(one, { absolute_expires_at: Date.now() + 60_000 })
    const ends = new Set<unknown>()
    let last = one
    for (let round = 0; round < 5; round += 1) {
      last = signed(await renew(target().url, last.refreshToken))
      ends.add(/"absolute_expires_at":(\d+)/.exec(rowOf(last))?.[1])
      expect(Number(claimsOf(last.accessToken)['exp']) * 1000).toBeLessThanOrEqual(Date.now() + 60_000)
    }
    expect(ends.size).toBe(1)
  })

  test('a sign-out with the token of an ended session is still 204', async () => {
    const one = await target().signIn()
    moveTo(one, { absolute_expires_at: Date.now() - 1 })
    expect((await target().sendJson('POST /logout', { token: one.refreshToken })).status).toBe(204)
  })
})

describe('attack 42: filling the server up', () => {
  test('a hundred sign-ins of one user leave as many sessions as are allowed; the oldest go (SE-1, I7)', async () => {
    const who = await target().addUser('many')
    const all: Signed[] = []
    for (let round = 0; round < 12; round += 1) all.push(await signIn(target().url, who))
    const [oldest, newest] = [all[0]!, all.at(-1)!]
    const { body } = await ask(target().url, 'GET /sessions', { bearer: newest.accessToken })
    expect((body as { sessions: unknown[] }).sessions).toHaveLength(5)
    expect((await renew(target().url, oldest.refreshToken)).status).toBe(403)
    expect((await ask(target().url, 'GET /me', { bearer: oldest.accessToken })).status).toBe(401)
    signed(await renew(target().url, newest.refreshToken))
  })

  test('a thousand renewals leave one row: what was used before is not kept, and known all the same (RT-2, I7)', async () => {
    const one = await target().signIn()
    const before = target().rows().length
    let last = one
    for (let round = 0; round < 1000; round += 1) last = signed(await renew(target().url, last.refreshToken))
    expect([target().rows().length, generationOf(last.refreshToken)]).toEqual([before, 1001])
    expect((await renew(target().url, one.refreshToken)).status).toBe(403)
    expect((await ask(target().url, 'GET /me', { bearer: last.accessToken })).status).toBe(401)
  }, 60_000)

  test('ten thousand forged tokens leave nothing behind (RT-9, I7)', async () => {
    await target().unmoved(async () => {
      for (let round = 0; round < 100; round += 1) {
        const tokens = Array.from(
          { length: 100 },
          (_, n) => `lkr1_${Buffer.alloc(54, `${round}.${n}`).toString('base64url')}`,
        )
        const answers = await Promise.all(tokens.map((token) => renew(target().url, token)))
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]))
      }
    })
  }, 60_000)
})

describe('attack 43: a database that fails at the wrong moment', () => {
  test('locked: 503 with Retry-After to everybody, nothing lost, and one successor afterwards (OP-3, I3)', async () => {
    const one = await target().signIn()
    const locker = new DatabaseSync(target().server.databasePath)
    locker.exec('BEGIN IMMEDIATE')
    try {
      const answers = await Promise.all(Array.from({ length: 5 }, () => renew(target().url, one.refreshToken)))
      const login = await ask(target().url, 'POST /login', { body: target().user })
      for (const { status, headers, text } of [...answers, login]) {
        expect([status, text]).toEqual([503, '{"error":"Service Unavailable"}'])
        expect([Number(headers.get('Retry-After')) > 0, headers.has('Set-Cookie')]).toEqual([true, false])
      }
    } finally {
      locker.exec('ROLLBACK')
      locker.close()
    }
    const again = await Promise.all(Array.from({ length: 5 }, () => renew(target().url, one.refreshToken)))
    expect(new Set(again.map((answer) => signed(answer).refreshToken)).size).toBe(1)
    expect(generationOf(signed(again[0]!).refreshToken)).toBe(2)
  })

  test('set back, as a failover does: the newest token heals the row and no branch appears (OP-7, OP-8)', async () => {
    const one = await target().signIn()
    const two = signed(await renew(target().url, one.refreshToken))
    const three = signed(await renew(target().url, two.refreshToken))
    moveTo(one, { generation: 1 })
    const healed = signed(await renew(target().url, three.refreshToken))
    expect(generationOf(healed.refreshToken)).toBe(4)
    moveTo(one, { generation: 2 })
    const both = await Promise.all([renew(target().url, healed.refreshToken), renew(target().url, healed.refreshToken)])
    expect(both.map((answer) => generationOf(signed(answer).refreshToken))).toEqual([5, 5])
  })

  test('set back further than any failover explains: 403, and nothing is made of it (OP-2)', async () => {
    let last = await target().signIn()
    for (let round = 0; round < 1002; round += 1) last = signed(await renew(target().url, last.refreshToken))
    moveTo(last, { generation: 1 })
    await target().unmoved(async () => expect((await renew(target().url, last.refreshToken)).status).toBe(403))
  }, 60_000)
})
