import { createLatchkey } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { sampleSession, settableClock } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import { isLive } from '../../packages/latchkey/src/core/session.ts'
import { issuer, keys, plain, start } from '../helpers/engine.ts'

describe('a settable clock', () => {
  test('stands still until it is moved', () => {
    const clock = settableClock(start)
    expect([clock.now(), clock.now()]).toEqual([start, start])
    clock.advance(5)
    expect([clock.now(), clock.ports.now()]).toEqual([start + 5, start + 5])
    clock.set(3)
    expect(clock.now()).toBe(3)
  })

  test('calls what is due, in the order of its time, at its time', () => {
    const clock = settableClock(0)
    const called: (readonly [string, number])[] = []
    const at = (name: string, ms: number) => clock.ports.after(ms, () => called.push([name, clock.now()]))
    at('late', 30)
    at('early', 10)
    at('also early', 10)
    at('never', 31)
    clock.advance(30)
    expect(called).toEqual([
      ['early', 10],
      ['also early', 10],
      ['late', 30],
    ])
    expect(clock.now()).toBe(30)
  })

  test('calls once, and nothing that was called off', () => {
    const clock = settableClock(0)
    let calls = 0
    clock.ports.after(5, () => (calls += 1))
    const cancel = clock.ports.after(5, () => (calls += 100))
    cancel()
    cancel()
    clock.advance(5)
    clock.advance(100)
    expect(calls).toBe(1)
  })

  test('calls what is asked for on the way', () => {
    const clock = settableClock(0)
    const called: number[] = []
    const again = (): void => {
      called.push(clock.now())
      clock.ports.after(10, again)
    }
    again()
    clock.advance(35)
    expect(called).toEqual([0, 10, 20, 30])
  })

  test('calls nothing when it goes back, and then waits for the instant', () => {
    const clock = settableClock(100)
    let calls = 0
    clock.ports.after(10, () => (calls += 1))
    clock.set(0)
    clock.advance(109)
    expect(calls).toBe(0)
    clock.advance(1)
    expect(calls).toBe(1)
  })

  test('is what an engine can be made with', async () => {
    const clock = settableClock(start)
    const latchkey = await createLatchkey({ issuer, keys, store: memoryStore() }, clock.ports)
    expect((await latchkey.signIn(plain)).session.createdAt).toBe(start)
  })
})

describe('a sample session', () => {
  test('is live, whole, and has ids of its own', () => {
    const made = Array.from({ length: 100 }, () => sampleSession())
    for (const session of made) {
      expect(isLive(session, session.createdAt)).toBe(true)
      expect(session.sid).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
      expect(Buffer.from(session.publicId, 'base64url').toString('base64url')).toBe(session.publicId)
      expect(session.publicId).toHaveLength(22)
    }
    expect(new Set(made.map(({ sid }) => sid)).size).toBe(100)
    expect(new Set(made.map(({ publicId }) => publicId)).size).toBe(100)
  })

  test('sorts by when it began, then by the order of making', () => {
    const [late, early, next] = [
      sampleSession({ createdAt: 2 }),
      sampleSession({ createdAt: 1 }),
      sampleSession({ createdAt: 1 }),
    ]
    expect([late, next, early].map(({ sid }) => sid).sort()).toEqual([early.sid, next.sid, late.sid])
  })

  test('is what it is told to be', () => {
    expect(sampleSession({ subject: 'bob', generation: 9, claims: { a: 1 } })).toMatchObject({
      subject: 'bob',
      generation: 9,
      claims: { a: 1 },
    })
  })
})
