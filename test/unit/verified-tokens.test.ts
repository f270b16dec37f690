import { describe, expect, test } from 'vitest'
import { VerifiedTokens } from '../../packages/latchkey/src/core/verified-tokens.ts'

const filled = (max: number, count: number): VerifiedTokens<number> => {
  const tokens = new VerifiedTokens<number>(max)
  for (let index = 0; index < count; index += 1) tokens.set(`token ${index}`, index)
  return tokens
}

// Asking moves what is found, so each token is asked of a cache of its own.
const held = (max: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => index).filter(
    (index) => filled(max, count).get(`token ${index}`) === index,
  )

describe('the verified tokens', () => {
  test('are remembered under the very same characters', () => {
    const tokens = filled(10, 1)
    expect(tokens.get('token 0')).toBe(0)
    for (const other of ['token 1', 'token 0 ', 'Token 0', '', '__proto__', 'constructor']) {
      expect(tokens.get(other)).toBeUndefined()
    }
  })

  test.each([0, 1, 2, 3, 4, 5, 7, 10, 11, 100, 101])('are never more than the bound: %i (I7)', (max) => {
    for (const count of [max, max + 1, 2 * max, 2 * max + 1, 3 * max + 2]) {
      expect(held(max, count).length, `of ${count}`).toBeLessThanOrEqual(max)
    }
  })

  test.each([2, 4, 10, 100])('are at least half as many as the bound allows, the newest: %i', (max) => {
    for (const count of [max, max + 1, 5 * max + 1]) {
      const newest = Array.from({ length: max / 2 }, (_, index) => count - 1 - index)
      expect(held(max, count)).toEqual(expect.arrayContaining(newest))
    }
  })

  test('are not remembered at all where the bound is 0', () => {
    expect(held(0, 5)).toEqual([])
  })

  test('stay while they are asked for, however many others come', () => {
    const tokens = filled(10, 1)
    for (let index = 1; index < 1000; index += 1) {
      tokens.set(`token ${index}`, index)
      expect(tokens.get('token 0')).toBe(0)
    }
  })

  test('go when nobody asks for them', () => {
    expect(filled(10, 1000).get('token 0')).toBeUndefined()
  })

  test('take the newest word of a token', () => {
    const tokens = filled(10, 1)
    tokens.set('token 0', 7)
    expect(tokens.get('token 0')).toBe(7)
  })

  test('are bounded while they are asked for by turns (I7)', () => {
    const tokens = filled(10, 10)
    for (let round = 0; round < 50; round += 1) tokens.get(`token ${round % 10}`)
    const found = Array.from({ length: 10 }, (_, index) => tokens.get(`token ${index}`)).filter(Number.isInteger)
    expect(found.length).toBeGreaterThan(0)
  })

  test('are not believed under another token that ends in the same characters', () => {
    const tokens = new VerifiedTokens<string>(4)
    const tail = 'the-same-signature-and-more'
    tokens.set(`mine.${tail}`, 'mine')
    expect(tokens.get(`other.${tail}`)).toBeUndefined()
    tokens.set(`other.${tail}`, 'other')
    expect([tokens.get(`mine.${tail}`), tokens.get(`other.${tail}`)]).toEqual([undefined, 'other'])
  })
})
