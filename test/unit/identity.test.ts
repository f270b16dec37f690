import { createLatchkey, generateKeys, type KeySet, type Store } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { settableClock } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import {
  codeOf,
  issuer,
  keys,
  minute,
  never,
  openEngine,
  plain,
  running,
  second,
  settled,
  start,
  withVerbs,
} from '../helpers/engine.ts'

const [first] = keys.refresh
const next: KeySet = { ...keys, refresh: [{ kid: 2, root: generateKeys().refresh[0]!.root }, first!] }
const unlisted = (kid: number): string => {
  const bytes = Buffer.alloc(54, 7)
  bytes[21] = kid
  return `lkr1_${bytes.toString('base64url')}`
}
const body = (token: string) => ({ token, transport: 'body' }) as const

/** An old node and a young one, which has begun to use a key that the old one does not have. */
async function rotated() {
  const old = await openEngine()
  const young = await openEngine({ store: old.store, keys: next }, old.clock)
  old.clock.advance(minute)
  const { refreshToken } = await young.latchkey.signIn(plain)
  return { old, young, refreshToken }
}

function counting(store: Store): { store: Store; asked: () => number } {
  let asked = 0
  const identify: Store['identify'] = (proposal) => {
    asked += 1
    return store.identify(proposal)
  }
  return { store: withVerbs(store, { identify }), asked: () => asked }
}

describe('a node that starts', () => {
  test('shares the environment of its store: neighbours open each other’s tokens', async () => {
    const one = await openEngine()
    const other = await openEngine({ store: one.store }, one.clock)
    const { refreshToken } = await one.latchkey.signIn(plain)
    expect(await codeOf(other.latchkey.refresh(body(refreshToken)))).toBe('ok')
  })

  test('calls tokens of another environment forged', async () => {
    const one = await openEngine()
    const clone = await openEngine()
    const { refreshToken } = await one.latchkey.signIn(plain)
    expect(await codeOf(clone.latchkey.refresh(body(refreshToken)))).toBe('token_invalid')
  })

  test('does not start with another key under a kid that the store knows', async () => {
    const { store } = await openEngine()
    const other = generateKeys()
    expect(await codeOf(createLatchkey({ issuer, store, keys: other }))).toBe('keys_mismatch')
    expect(
      await codeOf(
        createLatchkey({ issuer, store, keys: { ...keys, refresh: [...next.refresh.slice(0, 1), other.refresh[0]!] } }),
      ),
    ).toBe('keys_mismatch')
    const message = await createLatchkey({ issuer, store, keys: other }).catch((error: Error) => error.message)
    expect(message).not.toContain(other.refresh[0]!.root)
  })

  test('does not start on a store whose environment is not one', async () => {
    for (const environment of ['', 'short', Buffer.alloc(17).toString('base64url')]) {
      const store = withVerbs(memoryStore(), { identify: async ({ keys: known }) => ({ environment, keys: known }) })
      expect(await codeOf(createLatchkey({ issuer, keys, store }))).toBe('store_foreign')
    }
  })

  test('does not wait for ever for a store that never answers (I3)', async () => {
    for (const verb of ['identify', 'revokedSince']) {
      const clock = settableClock(start)
      const store = withVerbs(memoryStore(), { [verb]: never })
      const starting = codeOf(createLatchkey({ issuer, keys, store }, clock.ports))
      expect(await running(clock, 5 * second, starting)).toBe('store_unavailable')
    }
  })

  test('does not start without its store (I3)', async () => {
    const down = () => Promise.reject(new Error('down'))
    for (const verbs of [{ identify: down }, { revokedSince: down }]) {
      expect(await codeOf(createLatchkey({ issuer, keys, store: withVerbs(memoryStore(), verbs) }))).toBe(
        'store_unavailable',
      )
    }
  })
})

describe('a token made with a key that this node does not know', () => {
  test('is 503 where the store lists the key, and works on a node that has it (I3)', async () => {
    const { old, young, refreshToken } = await rotated()
    expect(await codeOf(old.latchkey.refresh(body(refreshToken)))).toBe('store_unavailable')
    expect(await codeOf(old.latchkey.signOut(body(refreshToken)))).toBe('store_unavailable')
    expect(await codeOf(young.latchkey.refresh(body(refreshToken)))).toBe('ok')
  })

  test('is expired where no live session stands behind it', async () => {
    const { old, young, refreshToken } = await rotated()
    const forged = `lkr1_${Buffer.concat([Buffer.alloc(21, 7), Buffer.from([2]), Buffer.alloc(32)]).toString('base64url')}`
    expect(await codeOf(old.latchkey.refresh(body(forged)))).toBe('token_expired')
    await young.latchkey.revokeAll('ada')
    expect(await codeOf(old.latchkey.refresh(body(refreshToken)))).toBe('token_expired')
  })

  test('is expired where the store lists it nowhere', async () => {
    const { latchkey, clock } = await openEngine()
    clock.advance(minute)
    expect(await codeOf(latchkey.refresh(body(unlisted(9))))).toBe('token_expired')
    clock.advance(second)
    expect(await codeOf(latchkey.signOut(body(unlisted(9))))).toBe('ok')
  })

  test('is 503 also for those who ask while the store is being asked (I3)', async () => {
    const { old, refreshToken } = await rotated()
    const codes = await Promise.all([1, 2, 3].map(() => codeOf(old.latchkey.refresh(body(refreshToken)))))
    expect(codes).toEqual(['store_unavailable', 'store_unavailable', 'store_unavailable'])
  })

  test.each([0, 1, 500, 999, 1000, 1500, 1999, 2000, 2500])(
    'is never called expired on old knowledge: %i ms after the store was asked about another (I3)',
    async (ms) => {
      const old = await openEngine()
      old.clock.advance(minute)
      expect(await codeOf(old.latchkey.refresh(body(unlisted(9))))).toBe('token_expired')
      const young = [
        await openEngine({ store: old.store, keys: next }, old.clock),
        await openEngine({ store: old.store, keys: next }, old.clock),
      ]
      old.clock.advance(ms)
      for (const { latchkey } of young) {
        const { refreshToken } = await latchkey.signIn(plain)
        expect(await codeOf(old.latchkey.refresh(body(refreshToken)))).not.toBe('token_expired')
      }
    },
  )

  test('has the store asked at most once a second, however many come (I7)', async () => {
    const { store, asked } = counting(memoryStore())
    const { latchkey, clock } = await openEngine({ store })
    clock.advance(minute)
    const before = asked()
    for (let index = 0; index < 50; index += 1) await codeOf(latchkey.refresh(body(unlisted(index + 100))))
    expect(asked()).toBe(before + 1)
    clock.advance(second)
    await codeOf(latchkey.refresh(body(unlisted(9))))
    expect(asked()).toBe(before + 2)
  })

  test('is 503 where the store cannot be asked (I3)', async () => {
    const real = memoryStore()
    let down = false
    const store = withVerbs(real, {
      identify: (proposal) => (down ? Promise.reject(new Error('down')) : real.identify(proposal)),
    })
    const { latchkey, clock } = await openEngine({ store })
    clock.advance(minute)
    down = true
    expect(await codeOf(latchkey.refresh(body(unlisted(9))))).toBe('store_unavailable')
    await settled()
  })
})
