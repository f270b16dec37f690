// The registry of OAuth clients: what may stand in it, what is believed of one that finds clients elsewhere, and that its
// failure is an outage and never a refusal (I3).

import { createHash } from 'node:crypto'
import { createClientSecret } from 'latchkey/express'
import { describe, expect, test, vi } from 'vitest'
import {
  checkBound,
  firstPartyClient,
  hasSecret,
  openClients,
  scopeFor,
} from '../../packages/latchkey/src/express/clients.ts'
import { codeOf, never } from '../helpers/engine.ts'

const { secret, secretHash } = createClientSecret()

describe('createClientSecret', () => {
  test('makes 32 random bytes and their digest, and never the same twice (RT-9)', () => {
    expect(secret).toMatch(/^[\w-]{43}$/)
    expect(secretHash).toBe(`sha256:${createHash('sha256').update(secret).digest('base64url')}`)
    expect(createClientSecret().secret).not.toBe(secret)
  })
})

describe('openClients', () => {
  test('finds what is listed, the built-in client, and nobody else', async () => {
    const opened = openClients([{ id: 'shop', secretHash, scopes: ['read'], signIn: true }])
    expect(await opened.find('shop')).toEqual({
      id: 'shop',
      secret: expect.any(Buffer),
      scopes: new Set(['read']),
      signIn: true,
      refresh: false,
      dpopBound: false,
      introspect: false,
    })
    expect(await opened.find('first-party')).toBe(firstPartyClient)
    for (const id of ['Shop', 'shop ', '', '__proto__', 'constructor', 'x'.repeat(129), 'é']) {
      expect([id, await opened.find(id)]).toEqual([id, null])
    }
    expect(opened.isEmpty).toBe(false)
    expect(openClients(undefined).isEmpty).toBe(true)
  })

  test('gives a client no refresh token and no scope where nothing is said of them (RT-11)', async () => {
    const found = await openClients([{ id: 'shop' }]).find('shop')
    expect(found).toMatchObject({ secret: null, refresh: false, signIn: false, introspect: false, scopes: new Set() })
  })

  const wrong: readonly (readonly [string, unknown])[] = [
    ['no object', ['shop']],
    ['nothing', [null]],
    ['no list', 'shop'],
    ['an object without find', {}],
    ['an unknown member', [{ id: 'shop', secret }]],
    ['an id that is none', [{ id: 'a b' }]],
    ['an empty id', [{ id: '' }]],
    ['an id that is too long', [{ id: 'x'.repeat(129) }]],
    ['the id of the built-in client', [{ id: 'first-party' }]],
    ['one id twice', [{ id: 'shop' }, { id: 'shop' }]],
    ['the secret where its hash belongs', [{ id: 'shop', secretHash: secret }]],
    ['a hash of another kind', [{ id: 'shop', secretHash: `sha512:${secret}` }]],
    ['a hash that is too long', [{ id: 'shop', secretHash: `${secretHash}A` }]],
    ['a scope that is no list', [{ id: 'shop', scopes: 'read' }]],
    ['a scope with a space', [{ id: 'shop', scopes: ['a b'] }]],
    ['a scope with a quote', [{ id: 'shop', scopes: ['"'] }]],
    ['a flag that is a text', [{ id: 'shop', refresh: 'yes' }]],
    ['introspection without a secret', [{ id: 'shop', introspect: true }]],
  ]
  test.each(wrong)('refuses %s, and never shows what stood there (I4)', async (_name, given) => {
    expect(await codeOf(() => openClients(given))).toBe('option_invalid')
    try {
      openClients(given)
    } catch (error) {
      expect((error as Error).message).not.toContain(secret)
    }
  })

  test('reads a client’s own members alone: a polluted prototype gives it nothing (attack 45)', async () => {
    Reflect.defineProperty(Object.prototype, 'introspect', { value: true, configurable: true })
    const found = openClients([{ id: 'shop', secretHash }]).find('shop')
    const client = await found.finally(() => Reflect.deleteProperty(Object.prototype, 'introspect'))
    expect(client).toMatchObject({ introspect: false })
  })
})

describe('a registry that finds clients elsewhere', () => {
  test('is asked for ids that can be one, and never for the built-in client', async () => {
    const asked: string[] = []
    const opened = openClients({
      find: (id: string) => {
        asked.push(id)
        return id === 'shop' ? { id, scopes: ['read'] } : null
      },
    })
    expect(await opened.find('shop')).toMatchObject({ id: 'shop', scopes: new Set(['read']) })
    for (const id of ['nobody', 'first-party', '', 'a b', 'x\0', 'x'.repeat(1000)]) await opened.find(id)
    expect(asked).toEqual(['shop', 'nobody'])
    expect(opened.isEmpty).toBe(false)
  })

  test('may be an object with state of its own', async () => {
    class Table {
      readonly #id = 'shop'
      find(id: string): { id: string } | null {
        return id === this.#id ? { id } : null
      }
    }
    expect(await openClients(new Table()).find('shop')).toMatchObject({ id: 'shop' })
  })

  test.each([
    ['throws', () => Promise.reject(new Error('down'))],
    [
      'throws at once',
      () => {
        throw new Error('down')
      },
    ],
    ['finds another client', () => ({ id: 'other' })],
    ['finds something that is no client', () => ({ id: 'shop', secretHash: 'x' })],
    ['finds a text', () => 'shop'],
  ])('is an outage where it %s, and no refusal (I3)', async (_name, find) => {
    expect(await codeOf(openClients({ find }).find('shop'))).toBe('store_unavailable')
  })
})

test('a registry that does not answer is given up after five seconds (I3, I7)', async () => {
  vi.useFakeTimers()
  try {
    const found = codeOf(openClients({ find: never }).find('shop'))
    await vi.advanceTimersByTimeAsync(5000)
    expect(await found).toBe('store_unavailable')
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

describe('hasSecret', () => {
  const [shop, phone] = [
    { ...firstPartyClient, secret: Buffer.from(secretHash.slice(7), 'base64url') },
    firstPartyClient,
  ]

  test('knows the secret of a client, and no other (SE-17)', () => {
    expect(hasSecret(shop, secret)).toBe(true)
    for (const other of ['', `${secret} `, secret.slice(0, -1), secretHash, 'x'.repeat(10_000)]) {
      expect(hasSecret(shop, other)).toBe(false)
    }
  })

  test('says no for an unknown client and for a public one, whatever comes (attack 39)', () => {
    for (const each of [secret, '', 'x']) {
      expect([hasSecret(null, each), hasSecret(phone, each)]).toEqual([false, false])
    }
  })
})

test('leaves of a user’s scope what the client may have, in the user’s order (RT-6)', () => {
  const client = { ...firstPartyClient, scopes: new Set(['write', 'read']) }
  expect(scopeFor(client, 'read admin write')).toBe('read write')
  expect(scopeFor(client, 'admin')).toBeUndefined()
  expect(scopeFor(client, undefined)).toBeUndefined()
  expect(scopeFor(firstPartyClient, 'read admin')).toBe('read admin')
})

test('wants a key of the clients that must be bound, and of no others (DP-11)', async () => {
  const bound = { ...firstPartyClient, dpopBound: true }
  expect(await codeOf(() => checkBound(bound, undefined))).toBe('dpop_invalid')
  expect(await codeOf(() => checkBound(bound, 'thumbprint'))).toBe('ok')
  expect(await codeOf(() => checkBound(firstPartyClient, undefined))).toBe('ok')
})
