import { LatchkeyError } from 'latchkey'
import { settableClock } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import { createStoreCall } from '../../packages/latchkey/src/core/store-calls.ts'
import { never, settled, start } from '../helpers/engine.ts'

const opened = () => {
  const clock = settableClock(start)
  const timers = { set: 0, cancelled: 0 }
  const after = (ms: number, act: () => void) => {
    timers.set += 1
    const cancel = clock.ports.after(ms, act)
    return () => {
      timers.cancelled += 1
      cancel()
    }
  }
  const ports = { ...clock.ports, after, random: (bytes: number) => Buffer.alloc(bytes) }
  return { clock, timers, call: createStoreCall(ports, 5000) }
}

const outage = (cause: unknown) => expect.objectContaining({ code: 'store_unavailable', cause, retryAfterSeconds: 1 })

describe('a call to the store (I3)', () => {
  test('gives what the store gives, and calls its timer off', async () => {
    const { call, timers } = opened()
    expect(await call(async () => 7)).toBe(7)
    await settled()
    expect(timers).toEqual({ set: 1, cancelled: 1 })
  })

  test('is an outage when the store rejects, and calls its timer off', async () => {
    const { call, timers } = opened()
    const cause = new Error('ECONNREFUSED')
    await expect(call(() => Promise.reject(cause))).rejects.toEqual(outage(cause))
    await settled()
    expect(timers).toEqual({ set: 1, cancelled: 1 })
  })

  test('is an outage when the store throws, and calls its timer off', async () => {
    const { call, timers } = opened()
    const cause = new Error('not even a promise')
    const thrown = await call(() => {
      throw cause
    }).catch((error: unknown) => error)
    expect(thrown).toEqual(outage(cause))
    await settled()
    expect(timers).toEqual({ set: 1, cancelled: 1 })
  })

  test.each([[undefined], [null], ['text'], [7]])('is an outage when the store rejects with %j', async (cause) => {
    const { call } = opened()
    await expect(call(() => Promise.reject(cause))).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  test('is given up at the deadline and no sooner, and its signal says so', async () => {
    const { call, clock } = opened()
    let signal: AbortSignal | undefined
    let over = false
    const pending = call((given) => {
      signal = given
      return never()
    }).finally(() => (over = true))
    clock.advance(4999)
    await settled()
    expect([over, signal?.aborted]).toEqual([false, false])
    clock.advance(1)
    await expect(pending).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(signal?.aborted).toBe(true)
  })

  test('takes no notice of what comes after the deadline', async () => {
    const { call, clock } = opened()
    let reject: (error: Error) => void = () => undefined
    const pending = call(() => new Promise((_, no) => (reject = no)))
    clock.advance(5000)
    await expect(pending).rejects.toBeInstanceOf(LatchkeyError)
    // Were nobody to handle this, the process would end.
    reject(new Error('late'))
    await settled()
  })

  test('passes on what is an answer of Latchkey already', async () => {
    const { call } = opened()
    const error = new LatchkeyError('store_unavailable', { detail: 'inner' })
    await expect(call(() => Promise.reject(error))).rejects.toBe(error)
  })
})
