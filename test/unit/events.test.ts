import { eventNames, MisuseError, type EventName, type Events } from 'latchkey'
import { sampleSession } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import { EventBus } from '../../packages/latchkey/src/core/events.ts'
import { viewOf } from '../../packages/latchkey/src/core/session.ts'
import { openEngine, plain, settled } from '../helpers/engine.ts'

const told = (): Events['renewed'] => ({ session: viewOf(sampleSession()) })

const opened = () => {
  const errors: (readonly [unknown, EventName])[] = []
  return { bus: new EventBus((error, name) => errors.push([error, name])), errors }
}

describe('the events', () => {
  test('tell every listener of that event, with the instant, and nobody else', () => {
    const { bus } = opened()
    const heard: unknown[] = []
    bus.on('renewed', (event) => heard.push(['one', event]))
    bus.on('renewed', (event) => heard.push(['two', event]))
    bus.on('expired', (event) => heard.push(['other', event]))
    const payload = told()
    bus.emit('renewed', 42, () => payload)
    expect(heard).toEqual([
      ['one', { ...payload, at: 42 }],
      ['two', { ...payload, at: 42 }],
    ])
  })

  test('are not even made where nobody listens', () => {
    const { bus } = opened()
    let made = 0
    const payload = (): Events['renewed'] => {
      made += 1
      return told()
    }
    bus.emit('renewed', 0, payload)
    bus.on('renewed', () => undefined)()
    bus.emit('renewed', 0, payload)
    expect(made).toBe(0)
    bus.on('renewed', () => undefined)
    bus.emit('renewed', 0, payload)
    expect(made).toBe(1)
  })

  test('are no longer told to a listener that has gone', () => {
    const { bus } = opened()
    let heard = 0
    const stop = bus.on('renewed', () => (heard += 1))
    bus.emit('renewed', 0, told)
    stop()
    stop()
    bus.emit('renewed', 0, told)
    expect(heard).toBe(1)
  })

  test('reach the others when one listener throws, and name it', () => {
    const { bus, errors } = opened()
    const boom = new Error('boom')
    let heard = 0
    bus.on('renewed', () => {
      throw boom
    })
    bus.on('renewed', () => (heard += 1))
    bus.emit('renewed', 0, told)
    expect(heard).toBe(1)
    expect(errors).toEqual([[boom, 'renewed']])
  })

  test('survive a listener that rejects, and name it', async () => {
    const { bus, errors } = opened()
    const boom = new Error('boom')
    const rejected = Promise.reject(boom)
    // Somebody must handle it, or this process would end: that is what the bus is asked to do.
    rejected.catch(() => undefined)
    bus.on('renewed', () => rejected as unknown as void)
    bus.emit('renewed', 0, told)
    await settled()
    expect(errors).toEqual([[boom, 'renewed']])
  })

  test('survive a listener that throws while those who are told of it throw too', () => {
    const bus = new EventBus(() => {
      throw new Error('and again')
    })
    bus.on('renewed', () => {
      throw new Error('boom')
    })
    expect(() => bus.emit('renewed', 0, told)).not.toThrow()
  })

  test('survive what they tell of when it cannot be made, and name it', () => {
    const { bus, errors } = opened()
    const boom = new Error('boom')
    bus.on('renewed', () => undefined)
    const unmade = (): never => {
      throw boom
    }
    expect(() => bus.emit('renewed', 0, unmade)).not.toThrow()
    expect(errors).toEqual([[boom, 'renewed']])
  })

  test.each([[undefined], [null], ['text'], [{}]])('take no listener that is no function: %j', (listener) => {
    const { bus } = opened()
    expect(() => bus.on('renewed', listener as unknown as () => void)).toThrow(
      expect.objectContaining({ code: 'argument_invalid' }),
    )
  })

  test('are bounded to 32 listeners each (I7)', () => {
    const { bus } = opened()
    for (const name of eventNames) {
      const stops = Array.from({ length: 32 }, () => bus.on(name, () => undefined))
      expect(() => bus.on(name, () => undefined)).toThrow(MisuseError)
      stops[0]!()
      expect(() => bus.on(name, () => undefined)).not.toThrow()
    }
  })

  test.each(['', 'renew', 'RENEWED', 'constructor', '__proto__', 'toString'])('do not know "%s"', (name) => {
    const { bus } = opened()
    expect(() => bus.on(name as EventName, () => undefined)).toThrow(
      expect.objectContaining({ code: 'argument_invalid', message: expect.stringContaining('signed_in') }),
    )
  })
})

describe('a listener', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('boom')
      },
    ],
    [
      'takes away what it is told',
      (event: object) => {
        for (const name of Object.keys(event)) Reflect.deleteProperty(event, name)
      },
    ],
  ])('changes nothing about a refresh when it %s', async (_what, listener) => {
    const { latchkey, heard } = await openEngine()
    for (const name of eventNames) latchkey.on(name, listener)
    const { refreshToken } = await latchkey.signIn(plain)
    const tokens = await latchkey.refresh({ token: refreshToken, transport: 'body' })
    expect(tokens.session).toMatchObject({ subject: 'ada', generation: 2 })
    expect(heard.map(({ name }) => name)).toEqual(['signed_in', 'renewed'])
  })

  test('changes nothing about a refresh when even onListenerError throws', async () => {
    const onListenerError = () => {
      throw new Error('and again')
    }
    const { latchkey } = await openEngine({ onListenerError })
    for (const name of eventNames) {
      latchkey.on(name, () => {
        throw new Error('boom')
      })
    }
    const { refreshToken } = await latchkey.signIn(plain)
    const tokens = await latchkey.refresh({ token: refreshToken, transport: 'body' })
    expect(tokens.session.generation).toBe(2)
  })

  test('cannot be heard by the store: what it does to a device stays with it', async () => {
    const { latchkey } = await openEngine()
    latchkey.on('signed_in', ({ session }) => {
      try {
        ;(session.device as { label: string }).label = 'changed'
      } catch {
        // Frozen is as good.
      }
    })
    const { session } = await latchkey.signIn({ ...plain, origin: () => ({ label: 'here' }) })
    expect(session.device.label).toBe('here')
    expect((await latchkey.list('ada'))[0]?.device.label).toBe('here')
  })
})
