// What the standards ask of every rotation, whatever the options: that there is one, that an old token is known as such,
// and that a scope may be narrowed and never widened.

import * as fc from 'fast-check'
import { policyFields } from 'latchkey'
import { describe, expect, test } from 'vitest'
import { asking, codeOf, history, holding, openEngine, payloadOf, plain, proved, second } from '../helpers/engine.ts'

const seed = 20_261_121

// Every option that can be set beside the leeway without one ruling out another.
const { leewaySeconds, accessSeconds, maxSessions } = policyFields
const options = fc.record({
  leewaySeconds: fc.constantFrom(0, 6, 10, 30, leewaySeconds.max),
  accessSeconds: fc.integer({ min: leewaySeconds.max + 1, max: accessSeconds.default }),
  maxSessions: fc.integer({ min: 1, max: maxSessions.default }),
  maxCachedTokens: fc.constantFrom(0, 1, 10_000),
  whenFull: fc.constantFrom('evict' as const, 'refuse' as const),
  whenFeedLost: fc.constantFrom('ask' as const, 'serve' as const),
})

describe('rotation', () => {
  test(`is never off: no option keeps a plain token alive once its successor is used (RT-1, seed ${seed})`, () =>
    fc.assert(
      fc.asyncProperty(options, async (chosen) => {
        const { latchkey, clock } = await openEngine(chosen)
        const [first, next, newest] = await history(latchkey, plain, 2)
        expect(new Set([first, next, newest].map((held) => held?.refreshToken)).size).toBe(3)
        clock.advance(chosen.leewaySeconds * second + 1)
        expect(await codeOf(latchkey.refresh(asking(next!)))).toBe('token_reused')
        expect(await codeOf(latchkey.refresh(asking(newest!)))).toBe('session_ended')
        await latchkey.close()
      }),
      { seed, numRuns: 60 },
    ))

  test('goes on in a proved session too, whose token alone is worth nothing (RT-1)', async () => {
    const { latchkey } = await openEngine()
    const [first, next] = await history(latchkey, proved, 1)
    expect(next!.refreshToken).not.toBe(first!.refreshToken)
    const { proof: _, ...without } = asking(next!)
    expect(await codeOf(latchkey.refresh(without))).toBe('proof_refused')
    expect(await codeOf(latchkey.refresh(asking(next!)))).toBe('ok')
    await latchkey.close()
  })

  test('knows an old token as old, and one that was never issued as none of ours (RT-2)', async () => {
    const { latchkey, heard } = await openEngine({ leewaySeconds: 0 })
    const [first] = await history(latchkey, plain, 1)
    const last = first!.refreshToken.at(-1) === 'A' ? 'B' : 'A'
    const altered = `${first!.refreshToken.slice(0, -1)}${last}`
    expect(await codeOf(latchkey.refresh({ token: altered, transport: 'body' }))).toBe('token_invalid')
    expect(heard.filter(({ name }) => name === 'reuse')).toEqual([])
    expect(await codeOf(latchkey.refresh(asking(first!)))).toBe('token_reused')
    expect(heard.filter(({ name }) => name === 'reuse')).toHaveLength(1)
    await latchkey.close()
  })
})

describe('the scope of a session', () => {
  const scoped = { ...plain, scope: 'read write' }

  test('may be narrowed for one access token; the next has the whole of it again (RT-6)', async () => {
    const { latchkey } = await openEngine()
    const first = await latchkey.signIn(scoped)
    const narrow = await latchkey.refresh({ ...asking(first), scope: 'read' })
    expect(narrow.scope).toBe('read')
    expect(payloadOf(narrow.accessToken)['scope']).toBe('read')
    const next = await latchkey.refresh(asking(holding(first, narrow)))
    expect(payloadOf(next.accessToken)['scope']).toBe('read write')
    await latchkey.close()
  })

  test.each(['read admin', 'admin', '', ' ', 'read  write', 'Read', '__proto__'])(
    'is never widened: "%s" is refused, and nothing has moved (RT-6)',
    async (scope) => {
      const { latchkey, heard } = await openEngine()
      const first = await latchkey.signIn(scoped)
      expect(await codeOf(latchkey.refresh({ ...asking(first), scope }))).toBe('scope_refused')
      const [session] = await latchkey.list('ada')
      expect(session).toMatchObject({ generation: 1, scope: 'read write' })
      expect(heard.map(({ name }) => name)).toEqual(['signed_in'])
      await latchkey.close()
    },
  )

  test('is nothing where none was given, and then nothing can be asked for (RT-6)', async () => {
    const { latchkey } = await openEngine()
    const first = await latchkey.signIn(plain)
    expect(await codeOf(latchkey.refresh({ ...asking(first), scope: 'read' }))).toBe('scope_refused')
    const { accessToken, scope } = await latchkey.refresh(asking(first))
    expect(scope).toBeNull()
    expect(payloadOf(accessToken)).not.toHaveProperty('scope')
    await latchkey.close()
  })
})
