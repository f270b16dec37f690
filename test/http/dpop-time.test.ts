// How old a proof is: its nonce says so, and not the clock of the device, which may be wrong (RFC 9449 s4.3, check
// 11). What a wrong clock must not do is let a proof in twice, or one that was made ahead.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { challengeOf, dpopWorld, type DpopWorld } from './dpop-world.ts'

const day = 86_400_000
let world: DpopWorld
beforeEach(async () => {
  world = await dpopWorld()
})
afterEach(() => world.app.close())

describe('the time of a proof with a nonce', () => {
  it('may be that of a device whose clock is wrong by a day, or a year: the nonce is what tells its age (DP-4)', async () => {
    const now = world.app.latchkey.now()
    for (const wrong of [-365 * day, -day, day, 365 * day]) {
      expect((await world.send({ at: now + wrong })).status).toBe(200)
    }
    // Made right now by its own words, with a nonce of six minutes ago: made ahead, or kept back.
    const kept = world.client.nonces.resource
    world.app.advance(6 * 60_000)
    const at = world.app.latchkey.now()
    expect(challengeOf(await world.send({ nonce: kept, at }))).toContain('use_dpop_nonce')
  })

  it('does not bring a used proof back: it is remembered for longer than its nonce is good (DP-5, attack 19)', async () => {
    const proof = { jti: 'once', nonce: world.client.nonces.resource, at: world.app.latchkey.now() + day }
    expect((await world.send(proof)).status).toBe(200)
    for (let minutes = 0; minutes < 6; minutes += 1) {
      expect([minutes, (await world.send(proof)).status]).toEqual([minutes, 401])
      world.app.advance(60_000)
    }
    expect(world.replayed).toHaveLength(6)
    expect(challengeOf(await world.send(proof))).toContain('use_dpop_nonce')
  })

  it('does not end a session: a renewal with such a proof is a renewal (DP-4, I3)', async () => {
    for (const wrong of [-day, day, 365 * day]) {
      const place = { ...world.place, now: () => world.app.latchkey.now() + wrong }
      expect((await world.client.renew(place)).status).toBe(200)
    }
  })
})
