// The brakes of a sign-in where there is no address to go by, as behind a Unix socket.

import { expect, onTestFinished, test } from 'vitest'
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
