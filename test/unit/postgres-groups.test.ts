// The parts of the PostgreSQL store that need no server: who goes into a group of rotations, what is under way, and the
// messages of the feed.

import { sampleSession } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import { Calls } from '../../packages/latchkey/src/stores/postgres/calls.ts'
import { greetingOf, messageIn, messagesOf } from '../../packages/latchkey/src/stores/postgres/messages.ts'
import { groupOf } from '../../packages/latchkey/src/stores/postgres/rotations.ts'
import { stepFrom } from '../helpers/postgres-stores.ts'

const waiting = (count: number) => Array.from({ length: count }, () => ({ step: stepFrom(sampleSession(), 1) }))

describe('a group of rotations', () => {
  test('has each session once, in the order of sids; the later ones wait, in order (I2)', () => {
    const [a, b] = waiting(2)
    const [a2, a3, b2] = [{ ...a! }, { ...a! }, { ...b! }]
    expect(groupOf([b!, a!, a2, b2, a3])).toEqual([
      [a, b],
      [a2, b2, a3],
    ])
    const [group, later] = groupOf([b!, a!, a2, b2, a3])
    expect(group[0]).toBe(a)
    expect(later[0]).toBe(a2)
  })

  test('is bounded, and keeps a session in order where it is full (I7)', () => {
    const many = waiting(300)
    const again = { ...many[299]! }
    const [group, later] = groupOf([...many, again])
    expect(group).toHaveLength(256)
    expect(later).toEqual([...many.slice(256), again])
  })
})

describe('calls', () => {
  test('are bounded in number, and told so at once (I7)', async () => {
    const calls = new Calls()
    let end = (): void => undefined
    const work = new Promise<void>((resolve) => (end = resolve))
    const running = Array.from({ length: 10_000 }, () => calls.run(() => work))
    await expect(calls.run(() => work)).rejects.toThrow('too many calls')
    end()
    await Promise.all(running)
    await expect(calls.run(async () => 1)).resolves.toBe(1)
  })

  test('are given up as soon as their signal is aborted', async () => {
    const controller = new AbortController()
    const call = new Calls().run(() => new Promise(() => undefined), controller.signal)
    controller.abort()
    await expect(call).rejects.toThrow('aborted')
  })

  test('are finished before the end, and refused after it', async () => {
    const calls = new Calls()
    const order: string[] = []
    const running = calls.run(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      order.push('done')
    })
    await calls.close()
    order.push('closed')
    await running
    expect(order).toEqual(['done', 'closed'])
    await expect(calls.run(async () => 1)).rejects.toThrow('closed')
  })
})

describe('messages of the feed', () => {
  const ended = Array.from({ length: 1000 }, () => sampleSession({ revokedAt: 8_640_000_000_000_000 }))

  test('hold every entry, each message below the 8000 bytes that NOTIFY takes', () => {
    const messages = messagesOf('0123456789abcdef', ended)
    for (const message of messages) expect(Buffer.byteLength(message)).toBeLessThan(8000)
    const entries = messages.flatMap((message) => messageIn(message).entries)
    expect(entries).toEqual(ended.map(({ publicId, revokedAt }) => ({ publicId, revokedAt })))
  })

  test('say who sends', () => {
    expect(messageIn(messagesOf('me', ended.slice(0, 1))[0]!).sender).toBe('me')
  })

  test('greet without telling anything', () => {
    expect(messageIn(greetingOf('me'))).toEqual({ sender: 'me', entries: [] })
  })

  test.each(['me', '', 'me what is this', 'me 00 1', `me ${'0'.repeat(32)} soon`])(
    'mean that anything may have changed where they say no more: %j',
    (payload) => {
      expect(messageIn(payload).entries).toBeNull()
    },
  )
})
