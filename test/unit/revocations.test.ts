import { describe, expect, test } from 'vitest'
import { Revocations } from '../../packages/latchkey/src/core/revocations.ts'

const entry = (name: number | string) => ({ publicId: `session ${name}`, revokedAt: 0 })
const filled = (capacity: number, count: number, keepUntil = (index: number) => 100 + index): Revocations => {
  const set = new Revocations(capacity)
  for (let index = 0; index < count; index += 1) set.add(entry(index), keepUntil(index))
  return set
}

describe('the set of revoked sessions (I10)', () => {
  test('knows what it was told, and calls the rest live', () => {
    const set = filled(10, 3)
    expect(set.judge('session 2', 0)).toBe('revoked')
    for (const other of ['session 3', '', '__proto__', 'constructor']) expect(set.judge(other, 0)).toBe('live')
    expect(set.size).toBe(3)
  })

  test('takes the same session once', () => {
    const set = filled(10, 3)
    set.add(entry(2), 500)
    expect(set.size).toBe(3)
  })

  test('never evicts: when it is full, what it does not hold is unknown (I7)', () => {
    const set = filled(3, 4)
    expect(set.size).toBe(3)
    for (const index of [0, 1, 2]) expect(set.judge(`session ${index}`, 0)).toBe('revoked')
    for (const other of ['session 3', 'never revoked']) expect(set.judge(other, 0)).toBe('unknown')
  })

  test('is sure again when the last that it could not hold is over', () => {
    const set = filled(3, 6)
    expect(set.judge('another', 104)).toBe('unknown')
    expect(set.judge('another', 105)).toBe('live')
  })

  test('stays unsure as long as the longest of those that it could not hold, in whatever order they came', () => {
    const set = filled(1, 1)
    set.add(entry('long'), 900)
    set.add(entry('short'), 200)
    expect(set.judge('long', 899)).toBe('unknown')
    expect(set.judge('long', 900)).toBe('live')
  })

  test('is not made unsure by a session that it holds already', () => {
    const set = filled(3, 3)
    set.add(entry(1), 900)
    expect(set.judge('another', 0)).toBe('live')
  })

  test('forgets what no access token can need, and no sooner', () => {
    const set = filled(10, 5)
    set.prune(101)
    expect(set.size).toBe(3)
    expect(set.judge('session 2', 101)).toBe('revoked')
    set.prune(1000)
    expect(set.size).toBe(0)
  })

  test('has room again for what comes after pruning', () => {
    const set = filled(3, 3)
    set.prune(1000)
    set.add(entry('new'), 2000)
    expect(set.judge('session new', 1000)).toBe('revoked')
    expect(set.judge('another', 1000)).toBe('live')
  })

  test('is never wrong about one that it was told of, whatever the order of their times', () => {
    const keepUntil = (index: number) => 100 + ((index * 7919) % 50)
    const set = filled(20, 40, keepUntil)
    for (let now = 90; now < 160; now += 1) {
      set.prune(now)
      for (let index = 0; index < 40; index += 1) {
        if (keepUntil(index) > now) expect(set.judge(`session ${index}`, now)).not.toBe('live')
      }
    }
  })
})
