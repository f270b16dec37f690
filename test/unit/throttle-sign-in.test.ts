// The brakes of a sign-in where there is no address to go by, as behind a Unix socket.

import { expect, onTestFinished, test, vi } from 'vitest'
import { limitsOf } from '../../packages/latchkey/src/express/throttle/options.ts'
import { SignInBrakes } from '../../packages/latchkey/src/express/throttle/sign-in.ts'
import { openEngine, second } from '../helpers/engine.ts'

test('without addresses only the short waits of an account hold: strangers cannot keep anybody out', async () => {
  const { latchkey, clock } = await openEngine()
  onTestFinished(() => latchkey.close())
  const brakes = new SignInBrakes(latchkey, limitsOf({ pairTries: 1, addressTries: 1, accountTries: 3 }))
  const waits: number[] = []
  for (let round = 0; round < 400; round += 1) {
    const entered = await brakes.enter('ada', '')
    if (typeof entered === 'number') waits.push(entered)
    clock.advance(10 * second)
  }
  expect(waits.length).toBeGreaterThan(100)
  expect(Math.max(...waits)).toBeLessThanOrEqual(60 * second)
  expect(await brakes.enter('bob', '')).toHaveProperty('right')
})

test('a right password takes its own try back, without an address too', async () => {
  const { latchkey } = await openEngine()
  onTestFinished(() => latchkey.close())
  const brakes = new SignInBrakes(latchkey, limitsOf({ accountTries: 2 }))
  for (let round = 0; round < 20; round += 1) {
    const entered = await brakes.enter('ada', '')
    if (typeof entered === 'number') throw new Error('had to wait')
    await entered.right()
  }
})

test('one address that tries ever other accounts leaves few counters behind, however many come at once (I7, attack 42)', async () => {
  const { latchkey } = await openEngine()
  onTestFinished(() => latchkey.close())
  const keys = new Set<string>()
  const count = latchkey.mark.bind(latchkey)
  vi.spyOn(latchkey, 'mark').mockImplementation((request) => {
    if (request.add !== 0) keys.add(request.key)
    return count(request)
  })
  const brakes = new SignInBrakes(latchkey, limitsOf({ addressTries: 5 }))
  const entered = await Promise.all(Array.from({ length: 300 }, (_, each) => brakes.enter(`user ${each}`, '192.0.2.1')))
  expect(entered.filter((each) => typeof each !== 'number')).toHaveLength(6)
  // Of each that was looked at, its account and the two together; and the address with its gate.
  expect(keys.size).toBeLessThanOrEqual(6 * 2 + 2)
})

test('an outage in the middle counts nothing, whichever counter it was (I3)', async () => {
  const { latchkey } = await openEngine()
  onTestFinished(() => latchkey.close())
  const count = latchkey.mark.bind(latchkey)
  for (const away of ['address', 'pair', 'account']) {
    const counts = new Map<string, number>()
    vi.spyOn(latchkey, 'mark').mockImplementation(async (request) => {
      if (request.add > 0 && request.key.startsWith(`t:${away}:n`)) throw new Error('away')
      const marked = await count(request)
      counts.set(request.key, marked.count)
      return marked
    })
    const brakes = new SignInBrakes(latchkey, limitsOf({}))
    await expect(brakes.enter(`ada ${away}`, '192.0.2.7')).rejects.toThrow('away')
    expect([...counts.values()].every((count) => count === 0)).toBe(true)
  }
})
