// Attack cases 37, 39, 40 and 41: what is somebody else's, and what answers tell about who and what there is. Two requests
// that must not be told apart are held against each other as a whole: status, body, every header but the date. Their times
// are compared by the bench (bench/timing), not here.

import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ask, bytesOf, claimsOf, renew, signed, signIn, type Signed } from '../helpers/requests.ts'
import type { RawAnswer } from '../http/raw-socket.ts'
import { useTarget } from './target.ts'

const target = useTarget()
const idOf = ({ accessToken }: Signed): string => String(claimsOf(accessToken)['sid'])
const bearer = ({ accessToken }: Signed): string[] => [`Authorization: Bearer ${accessToken}`]

/** All that a client can see of an answer. */
const seen = ({ status, headers, body }: RawAnswer): object => ({
  status,
  headers: [...headers].filter(([name]) => name !== 'date'),
  body,
})

describe('attack 37: the session of another user', () => {
  test('cannot be ended by its id: 204, as for an id that is nobody’s, and nothing happens (SE-10)', async () => {
    const ada = await target().addUser('ada')
    const [hers, mine] = [await signIn(target().url, ada), await target().signIn()]
    const unknown = Buffer.alloc(16, 7).toString('base64url')
    await target().unmoved(async () => {
      const answers = []
      for (const id of [idOf(hers), unknown, 'x', '..%2f', '%00', '__proto__', 'x'.repeat(5000), `${idOf(hers)}%20`]) {
        answers.push(await target().send(`DELETE /sessions/${id}`, bearer(mine)))
      }
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 204))
      expect(new Set(answers.map((answer) => JSON.stringify(seen(answer)))).size).toBe(1)
    })
    signed(await renew(target().url, hers.refreshToken))
  })

  test('stands in no list but its owner’s, and an id in the query changes nothing', async () => {
    const bob = await target().addUser('bob')
    const [his, mine] = [await signIn(target().url, bob), await target().signIn()]
    for (const query of ['', `?id=${idOf(his)}`, '?user=bob', '?subject[]=bob', '?all=1']) {
      const answer = await target().send(`GET /sessions${query}`, bearer(mine))
      expect([answer.status, answer.body.includes(idOf(his)), answer.body.includes(idOf(mine))]).toEqual([
        200,
        false,
        true,
      ])
    }
  })

  test('is not ended with one’s own others, or with all of one’s own', async () => {
    const carl = await target().addUser('carl')
    const dora = await target().addUser('dora')
    const [his, hers] = [await signIn(target().url, carl), await signIn(target().url, dora)]
    for (const route of ['DELETE /sessions', 'POST /logout/all']) {
      expect((await target().send(route, bearer(hers))).status).toBe(204)
    }
    signed(await renew(target().url, his.refreshToken))
  })

  test('cannot be named by its id where a token is asked for: public ids open nothing', async () => {
    const mine = await target().signIn()
    await target().unmoved(async () => {
      expect((await target().send('GET /me', [`Authorization: Bearer ${idOf(mine)}`])).status).toBe(401)
      expect((await target().sendJson('POST /token', { refreshToken: idOf(mine) })).status).toBe(403)
      expect((await target().sendJson('POST /logout', { sessionId: idOf(mine), token: idOf(mine) })).status).toBe(204)
    })
  })
})

/** The token with some of its bytes changed, and with a mac that another secret made. */
function forged(refreshToken: string, change: (bytes: Buffer) => void): string {
  const bytes = bytesOf(refreshToken)
  change(bytes)
  return `lkr1_${bytes.toString('base64url')}`
}

describe('attack 39: an oracle in the refusals of refresh tokens', () => {
  test('an unknown id and a wrong secret, a live and a dead session: one and the same answer (TE-6, RT-9)', async () => {
    const [live, dead] = [await target().signIn(), await target().signIn()]
    await target().sendJson('POST /logout', { token: dead.refreshToken })
    const tokens = [
      forged(live.refreshToken, (bytes) => void (bytes[53]! ^= 1)),
      forged(live.refreshToken, (bytes) => void bytes.fill(9, 1, 17)),
      forged(live.refreshToken, (bytes) => void bytes.writeUInt32BE(2, 17)),
      forged(live.refreshToken, (bytes) => void (bytes[0]! ^= 1)),
      forged(live.refreshToken, (bytes) => void (bytes[0]! |= 4)),
      forged(live.refreshToken, (bytes) => void (bytes[0]! |= 0xf0)),
      forged(live.refreshToken, (bytes) => void (bytes[21] = 200)),
      forged(
        live.refreshToken,
        (bytes) => void createHmac('sha256', 'guess').update(bytes.subarray(0, 22)).digest().copy(bytes, 22),
      ),
      `lkr1_${'A'.repeat(72)}`,
      dead.refreshToken,
    ]
    await target().unmoved(async () => {
      const answers = []
      for (const token of tokens) answers.push(await target().sendJson('POST /token', { token }))
      expect(answers[0]).toMatchObject({ status: 403, body: '{"error":"Forbidden"}' })
      expect(new Set(answers.map((answer) => JSON.stringify(seen(answer)))).size).toBe(1)
    })
    signed(await renew(target().url, live.refreshToken))
  })

  test('only who holds an authentic token reads a reason; every forgery reads the same one (PD-4)', async () => {
    const live = await target().signIn()
    const wanted = ['Accept: application/problem+json']
    const reasons = []
    for (const at of [0, 5, 18, 22, 30, 53]) {
      const token = forged(live.refreshToken, (bytes) => void (bytes[at]! ^= 1))
      reasons.push(
        (JSON.parse((await target().sendJson('POST /token', { token }, wanted)).body) as { reason: string }).reason,
      )
    }
    expect(new Set(reasons)).toEqual(new Set(['invalid']))
    // A key that is listed nowhere is the one thing that is told of a token before its mac (docs/protocol.md).
    const unknownKey = forged(live.refreshToken, (bytes) => void (bytes[21] = 200))
    expect((await target().sendJson('POST /token', { token: unknownKey }, wanted)).body).toContain('"reason":"expired"')
  })
})

describe('attack 40: finding out which users there are', () => {
  test('unknown, wrong password and disabled: one and the same answer, without a cookie (ASVS 6.3.8)', async () => {
    const { username, password } = await target().addUser('emil')
    await target().run(['users', 'disable', username])
    const bodies = [
      { username: 'nobody at all', password: 'wrong' },
      { username: 'admin', password: 'wrong' },
      { username, password },
      { username: 'ADMIN', password: 'wrong' },
    ]
    for (const lines of [[], ['Accept: application/problem+json'], ['Latchkey-Proof: v1']]) {
      const answers = await target().unmoved(async () => {
        const all = []
        for (const body of bodies) all.push(await target().sendJson('POST /login', body, lines))
        return all
      })
      expect(answers[0]?.status).toBe(401)
      expect(answers.every(({ headers }) => !headers.has('set-cookie'))).toBe(true)
      expect(new Set(answers.map((answer) => JSON.stringify(seen(answer)))).size).toBe(1)
    }
  })

  test('a sign-out says the same of every token, and of none', async () => {
    const live = await target().signIn()
    const answers = []
    for (const token of [forged(live.refreshToken, (bytes) => void (bytes[40]! ^= 1)), 'x', '', live.refreshToken]) {
      answers.push(await target().sendJson('POST /logout', { token }))
    }
    expect(new Set(answers.map((answer) => JSON.stringify(seen(answer)))).size).toBe(1)
  })
})

describe('attack 41: the answer to somebody else’s Idempotency-Key', () => {
  const key = ['Idempotency-Key: "one and the same"']

  test('does not exist: the header is not offered and means nothing; each gets the answer to his own request (IK-4)', async () => {
    const [mine, other] = [await target().signIn(), await target().signIn()]
    const first = await target().sendJson('POST /token', { token: mine.refreshToken }, key)
    const second = await target().sendJson('POST /token', { token: other.refreshToken }, key)
    const third = await target().sendJson('POST /token', { token: 'x' }, key)
    expect([first.status, second.status, third.status]).toEqual([200, 200, 403])
    expect(JSON.parse(second.body)).not.toEqual(JSON.parse(first.body))
    expect(idOf(JSON.parse(second.body) as Signed)).toBe(idOf(other))
  })

  test('does not outwit the reuse alarm: the same key with an old token ends the session (IK-5, RT-3)', async () => {
    const mine = await target().signIn()
    const b = signed(await renew(target().url, mine.refreshToken))
    const c = signed(await renew(target().url, b.refreshToken))
    expect((await target().sendJson('POST /token', { token: mine.refreshToken }, key)).status).toBe(403)
    expect((await ask(target().url, 'GET /me', { bearer: c.accessToken })).status).toBe(401)
  })
})
