// The two ends of a session, idle and absolute, for every kind of session: a proof of possession lifts neither, no
// renewal moves the absolute one, and the limits of every NIST level can be set.

import * as fc from 'fast-check'
import type { RefreshRequest, SignIn } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { describe, expect, test } from 'vitest'
import {
  asking,
  codeOf,
  day,
  holding,
  keys,
  minute,
  openEngine,
  plain,
  proved,
  start,
  type Held,
} from '../helpers/engine.ts'

const seed = 20_261_121
const hour = 60 * minute
const thumbprint = Buffer.alloc(32, 7).toString('base64url')
const bound = { subject: 'ada', proof: 'dpop', transport: 'body', thumbprint } as const satisfies SignIn
const kinds: readonly SignIn[] = [plain, proved, bound]

const steps = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 3 * day }), old: fc.boolean() }), { maxLength: 25 })

const askingFor = (request: SignIn, held: Held): RefreshRequest => ({
  ...asking(held),
  ...(request.thumbprint === undefined ? {} : { thumbprint: request.thumbprint }),
})

describe('the limits of a session', () => {
  test.each(kinds)('hold for a $proof session left idle, to the millisecond (NI-4, SE-5)', async (request) => {
    const { latchkey, clock } = await openEngine()
    const first = await latchkey.signIn(request)
    // A keyed client would be told of an old nonce first; it has just fetched a new one.
    const held = { ...first, nonce: await freshNonce(latchkey, request, first, clock.advance, 14 * day - 1) }
    expect(await codeOf(latchkey.refresh(askingFor(request, held)))).toBe('ok')
    const again = { ...first, nonce: await freshNonce(latchkey, request, first, clock.advance, 14 * day) }
    expect(await codeOf(latchkey.refresh(askingFor(request, again)))).toBe('token_expired')
    await latchkey.close()
  })

  test.each(kinds)('end a $proof session that is renewed all the time (NI-4, RT-7)', async (request) => {
    const { latchkey, clock } = await openEngine({ absoluteSeconds: 3600, idleSeconds: 1200 })
    const first = await latchkey.signIn(request)
    let held: Held = first
    for (; clock.now() + 10 * minute < start + hour;) {
      clock.advance(10 * minute)
      held = holding(held, await latchkey.refresh(askingFor(request, held)))
    }
    clock.set(start + hour)
    expect(await codeOf(latchkey.refresh(askingFor(request, held)))).toBe('token_expired')
    expect(await latchkey.list('ada')).toEqual([])
    await latchkey.close()
  })

  test.each([
    ['AAL1', 30 * 24 * 3600, 14 * 24 * 3600],
    ['AAL2', 24 * 3600, 3600],
    ['AAL3', 12 * 3600, 15 * 60],
  ])('can be those of %s (NI-1)', async (_level, absoluteSeconds, idleSeconds) => {
    const { latchkey, clock } = await openEngine({ absoluteSeconds, idleSeconds })
    const first = await latchkey.signIn(plain)
    clock.advance(idleSeconds * 1000 - 1)
    const { session, refreshToken } = await latchkey.refresh(asking(first))
    expect(session.expiresAt).toBe(clock.now() + idleSeconds * 1000)
    clock.advance(idleSeconds * 1000)
    expect(await codeOf(latchkey.refresh({ token: refreshToken, transport: 'body' }))).toBe('token_expired')
    await latchkey.close()
  })

  test(`come no later by any renewal, early, late or repeated (OP-5, NI-3, seed ${seed})`, () =>
    fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const { latchkey, clock } = await openEngine({
          idleSeconds: (4 * day) / 1000,
          absoluteSeconds: (9 * day) / 1000,
        })
        const first = await latchkey.signIn(bound)
        const end = start + 9 * day
        let newest: Held = first
        let idleEnd = start + 4 * day
        for (const { ms, old } of taken) {
          clock.advance(ms)
          const alive = clock.now() < Math.min(idleEnd, end)
          const held = old ? first : newest
          // A token that is answered again is no activity.
          if (alive && held.refreshToken === newest.refreshToken) idleEnd = clock.now() + 4 * day
          const code = await codeOf(async () => {
            const renewed = await latchkey.refresh({ ...asking(held), thumbprint })
            expect(renewed.session.expiresAt).toBe(Math.min(end, idleEnd))
            expect((await latchkey.verify(renewed.accessToken)).expiresAt).toBeLessThanOrEqual(end)
            newest = holding(held, renewed)
          })
          expect(code).toBe(alive ? 'ok' : 'token_expired')
        }
        await latchkey.close()
      }),
      { seed, numRuns: 100 },
    ))

  test('are what ends a session, and not a restart: it is there when the server is there again (NI-5)', async () => {
    const store = memoryStore()
    const before = await openEngine({ store, keys })
    const first = await before.latchkey.signIn(proved)
    const after = await openEngine({ store, keys })
    const renewed = await after.latchkey.refresh(asking(first))
    expect(renewed.session).toMatchObject({ generation: 2, createdAt: start })
    const { proof: _, ...without } = asking(holding(first, renewed))
    expect(await codeOf(after.latchkey.refresh(without))).toBe('proof_refused')
    await after.latchkey.close()
    await before.latchkey.close()
  })
})

type Opened = Awaited<ReturnType<typeof openEngine>>['latchkey']

/** Moves the clock on, and gives the nonce of that time, as the refusal of an old one does. */
async function freshNonce(
  latchkey: Opened,
  request: SignIn,
  held: Held,
  advance: (ms: number) => void,
  ms: number,
): Promise<string | null> {
  advance(ms)
  if (request.proof !== 'session_key') return held.nonce
  const refusal: unknown = await latchkey.refresh(asking(held)).catch((error: unknown) => error)
  return (refusal as { readonly nonce: string }).nonce
}
