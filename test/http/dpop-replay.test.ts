// A proof is used once: whoever has caught a whole request has nothing (DP-5, attack 11, attack 19).

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryStore } from 'latchkey/memory'
import { withVerbs } from '../helpers/engine.ts'
import { ask } from '../helpers/requests.ts'
import { dpopWorld, type DpopWorld } from './dpop-world.ts'

let world: DpopWorld
beforeEach(async () => {
  world = await dpopWorld()
})
afterEach(() => world.app.close())

describe('a proof', () => {
  it('comes once: a second one like it is refused and reported, whatever its signature looks like (DP-5, attack 11, attack 19)', async () => {
    expect((await world.send({ jti: 'once' })).status).toBe(200)
    // ECDSA is different each time, so this is another text that says the same.
    for (let round = 1; round < 3; round += 1) {
      expect((await world.send({ jti: 'once' })).status).toBe(401)
      expect(world.replayed).toHaveLength(round)
    }
    const { id } = (await world.app.latchkey.list('id-of-ada'))[0]!
    expect(world.replayed[0]).toMatchObject({ sessionId: id })
  })

  it('comes once even with the other signature of the same numbers (attack 11)', async () => {
    const proof = world.proof()
    const statuses = []
    for (const each of [proof, mirrored(proof), proof]) {
      const headers = { Authorization: `DPoP ${world.client.accessToken}`, DPoP: each }
      statuses.push((await ask(world.app.url, 'GET /me', { headers })).status)
    }
    expect(statuses).toEqual([200, 401, 401])
    expect(world.replayed).toHaveLength(2)
  })

  it('comes once among fifty at the same time (DP-5)', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => world.send({ jti: 'together' })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('serves all the guards of one request (DP-5)', async () => {
    expect((await world.send({}, 'GET /twice')).status).toBe(200)
    expect(world.replayed).toEqual([])
  })
})

describe('the memory of proofs', () => {
  it('is that of all nodes: while the store is away, a bound token is 503 and never 401 (DP-5, I3, OP-3)', async () => {
    let away = false
    const store = memoryStore()
    const mark = store.mark.bind(store)
    const failing = withVerbs(store, { mark: (asked) => (away ? Promise.reject(new Error('away')) : mark(asked)) })
    const other = await dpopWorld({ latchkey: { store: failing } })
    try {
      away = true
      const body = { refreshToken: other.client.refreshToken }
      const answers = [await other.send(), await other.client.send(other.place, 'POST /token', { body })]
      for (const { status, headers } of answers) expect([status, headers.has('Retry-After')]).toEqual([503, true])
      away = false
      expect((await other.send()).status).toBe(200)
      expect((await other.client.renew(other.place)).status).toBe(200)
    } finally {
      await other.app.close()
    }
  })

  it('may be that of each node: then the store keeps nothing of a request (DP-5)', async () => {
    const seen: string[] = []
    const store = memoryStore()
    const mark = store.mark.bind(store)
    const watched = withVerbs(store, {
      mark: (asked) => {
        seen.push(asked.key)
        return mark(asked)
      },
    })
    const other = await dpopWorld({ latchkey: { store: watched }, sessions: { dpop: { replay: 'node' } } })
    try {
      expect([(await other.send({ jti: 'once' })).status, (await other.send({ jti: 'once' })).status]).toEqual([
        200, 401,
      ])
      expect(other.replayed).toHaveLength(1)
      expect(seen.filter((key) => key.startsWith('dpop:'))).toEqual([])
    } finally {
      await other.app.close()
    }
  })
})

// The order of P-256's group: with (r, s), (r, n - s) verifies as well.
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

function mirrored(proof: string): string {
  const [head = '', payload = '', signature = ''] = proof.split('.')
  const hex = Buffer.from(signature, 'base64url').toString('hex')
  const s = (order - BigInt(`0x${hex.slice(64)}`)).toString(16).padStart(64, '0')
  return [head, payload, Buffer.from(hex.slice(0, 64) + s, 'hex').toString('base64url')].join('.')
}
