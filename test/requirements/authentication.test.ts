// How a user proved who he is stands in the access token for the whole life of his session, and no renewal makes it look
// newer or stronger: a step-up that a renewal could pass would ask for nothing.

import { describe, expect, test } from 'vitest'
import { asking, codeOf, day, holding, minute, openEngine, payloadOf, plain, proved, start } from '../helpers/engine.ts'

const strong = { acr: 'urn:example:two-factors', amr: ['pwd', 'otp'] } as const
const authentication = { auth_time: start / 1000, ...strong }

describe('the sign-in of a session', () => {
  test.each([plain, proved])('is told alike after every renewal of a $proof session (RT-15, NI-7)', async (request) => {
    const { latchkey, clock } = await openEngine()
    const first = await latchkey.signIn({ ...request, ...strong })
    expect(payloadOf(first.accessToken)).toMatchObject(authentication)
    let held = holding(first, first)
    for (let round = 0; round < 3; round += 1) {
      clock.advance(5 * minute)
      const renewed = await latchkey.refresh(asking(held))
      expect(payloadOf(renewed.accessToken)).toMatchObject(authentication)
      expect(payloadOf(renewed.accessToken)['iat']).toBe(clock.now() / 1000)
      held = holding(held, renewed)
    }
    await latchkey.close()
  })

  test('is told alike in the answer that is given again (RT-15)', async () => {
    const { latchkey, clock } = await openEngine()
    const first = await latchkey.signIn({ ...proved, ...strong })
    await latchkey.refresh(asking(first))
    clock.advance(10 * minute)
    expect(payloadOf((await latchkey.refresh(asking(first))).accessToken)).toMatchObject(authentication)
    await latchkey.close()
  })

  test('is not told where nothing is known of it, and no renewal learns of it (NI-7)', async () => {
    const { latchkey } = await openEngine()
    const first = await latchkey.signIn(plain)
    const { accessToken } = await latchkey.refresh(asking(first))
    expect(payloadOf(accessToken)).not.toHaveProperty('acr')
    expect(payloadOf(accessToken)).not.toHaveProperty('amr')
    expect(await latchkey.verify(accessToken)).toMatchObject({ acr: null, amr: [] })
    await latchkey.close()
  })

  test.each([{ acr: 'stronger' }, { amr: ['hwk'] }, { auth_time: start / 1000 + day }])(
    'cannot be made stronger or newer by the renew hook: %j is an outage, and nothing moved (RT-15, NI-7)',
    async (claims) => {
      const { latchkey } = await openEngine({ renew: () => ({ claims }) })
      const first = await latchkey.signIn({ ...plain, ...strong })
      expect(await codeOf(latchkey.refresh(asking(first)))).toBe('store_unavailable')
      const [session] = await latchkey.list('ada')
      expect(session).toMatchObject({ generation: 1 })
      await latchkey.close()
    },
  )

  test('is kept where the renew hook renews or takes away all other claims (RT-15)', async () => {
    const { latchkey } = await openEngine({ renew: () => ({ claims: { role: 'reader' } }) })
    const first = await latchkey.signIn({ ...plain, ...strong, claims: { role: 'writer' } })
    const { accessToken } = await latchkey.refresh(asking(first))
    expect(payloadOf(accessToken)).toMatchObject({ ...authentication, role: 'reader' })
    await latchkey.close()
  })

  test('is the one thing that tells when the user was there: activity does not move it (NI-11)', async () => {
    const { latchkey, clock } = await openEngine()
    const first = await latchkey.signIn(plain)
    clock.advance(13 * day)
    const { accessToken, session } = await latchkey.refresh(asking(first))
    const access = await latchkey.verify(accessToken)
    expect(access.authTime).toBe(start)
    expect(access.issuedAt - access.authTime).toBe(13 * day)
    expect(session.authTime).toBe(start)
    await latchkey.close()
  })
})
