import { describe, expect, test } from 'vitest'
import { systemPorts } from '../../packages/latchkey/src/system.ts'

describe('the system ports (I1)', () => {
  test('tell the time in whole milliseconds', () => {
    const before = Date.now()
    const now = systemPorts.now()
    expect(Number.isSafeInteger(now)).toBe(true)
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(Date.now())
  })

  test('give as many bytes as are asked for, and none of them twice (SE-3)', () => {
    const given = Array.from({ length: 2000 }, (_, index) => systemPorts.random(16 + (index % 3)))
    expect(given.map((bytes) => bytes.length)).toEqual(given.map((_, index) => 16 + (index % 3)))
    expect(new Set(given.map((bytes) => bytes.toString('hex'))).size).toBe(2000)
    const places = new Set(given.map((bytes) => bytes.toString('hex', 0, 8)))
    expect(places.size).toBe(2000)
  })

  test('give bytes that belong to whoever asked', () => {
    const mine = systemPorts.random(32)
    const yours = systemPorts.random(32)
    const before = Buffer.from(yours)
    mine.fill(0)
    expect(yours).toEqual(before)
  })

  test.each([1, 4095, 4096, 4097, 100_000])('give %i bytes at once', (count) => {
    const bytes = systemPorts.random(count)
    expect(bytes.length).toBe(count)
    if (count > 16) expect(new Set(bytes).size).toBeGreaterThan(10)
  })

  test('call once, unless they are called off', async () => {
    const called: string[] = []
    systemPorts.after(0, () => called.push('called off'))()
    await new Promise<void>((resolve) => {
      systemPorts.after(0, () => called.push('first'))
      systemPorts.after(1, resolve)
    })
    expect(called).toEqual(['first'])
  })
})
