// Nonces that every node makes and knows by itself, and the memory of proofs that were used.

import { describe, expect, it } from 'vitest'
import { generateKeys, type KeySet, type Latchkey } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { createNonces } from '../../packages/latchkey/src/express/dpop/nonces.ts'
import { nodeReplays, proofName, sharedReplays } from '../../packages/latchkey/src/express/dpop/replays.ts'
import { codeOf, keys, minute, openEngine, second, withVerbs } from '../helpers/engine.ts'

describe('a nonce', () => {
  it('is good for five minutes, then stale, and asks to be renewed meanwhile (DP-4, DP-6)', async () => {
    const { latchkey, clock } = await openEngine()
    const nonces = createNonces(latchkey, 'token')
    const nonce = nonces.fresh()
    expect(nonce).toMatch(/^[\w-]{27}$/)
    expect(nonces.judge(nonce)).toBe('good')
    clock.advance(minute)
    expect(nonces.judge(nonce)).toBe('renewable')
    clock.advance(4 * minute)
    expect(nonces.judge(nonce)).toBe('renewable')
    clock.advance(minute)
    expect(nonces.judge(nonce)).toBe('stale')
    expect(nonces.judge(nonces.fresh())).toBe('good')
  })

  it('of another node that is a little ahead is good; one of later is not (DP-4)', async () => {
    const { latchkey, clock } = await openEngine()
    const nonces = createNonces(latchkey, 'token')
    clock.advance(minute)
    const next = nonces.fresh()
    clock.advance(minute)
    const later = nonces.fresh()
    clock.advance(-2 * minute)
    expect([nonces.judge(next), nonces.judge(later)]).toEqual(['renewable', 'stale'])
  })

  it('of a token route is none at a resource, nor the other way round (DP-7, attack 19)', async () => {
    const { latchkey } = await openEngine()
    const [token, resource] = [createNonces(latchkey, 'token'), createNonces(latchkey, 'resource')]
    expect(resource.judge(token.fresh())).toBe('stale')
    expect(token.judge(resource.fresh())).toBe('stale')
  })

  it('is known to every node of the deployment, and to no other deployment (DP-7)', async () => {
    const store = memoryStore()
    const [one, two] = [await openEngine({ store }), await openEngine({ store })]
    const foreign = await openEngine()
    const nonce = createNonces(one.latchkey, 'token').fresh()
    expect(createNonces(two.latchkey, 'token').judge(nonce)).toBe('good')
    expect(createNonces(foreign.latchkey, 'token').judge(nonce)).toBe('stale')
  })

  it('outlives the key that it was made with being replaced by another', async () => {
    const store = memoryStore()
    const first = await openEngine({ store })
    const nonce = createNonces(first.latchkey, 'token').fresh()
    const fresh = generateKeys()
    const rotated: KeySet = {
      refresh: [...fresh.refresh.map((key) => ({ ...key, kid: 2 })), ...keys.refresh],
      signing: [...fresh.signing, ...keys.signing],
    }
    const later = await openEngine({ store, keys: rotated }, first.clock)
    first.clock.advance(4 * second)
    const nonces = createNonces(later.latchkey, 'token')
    expect(nonces.fresh()).not.toBe(nonce)
    expect(nonces.judge(nonce)).toBe('good')
  })

  it('cannot be guessed or altered: whatever is not ours is stale (DP-6, DP-7)', async () => {
    const { latchkey } = await openEngine()
    const nonces = createNonces(latchkey, 'token')
    const nonce = nonces.fresh()
    const bytes = Buffer.from(nonce, 'base64url')
    for (const index of [0, 3, 4, 19]) {
      const altered = Buffer.from(bytes)
      altered[index] = altered.readUInt8(index) ^ 1
      expect(nonces.judge(altered.toString('base64url'))).toBe('stale')
    }
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const respelt = nonce.slice(0, -1) + alphabet[alphabet.indexOf(nonce.at(-1) ?? '') + 1]
    for (const wrong of [undefined, '', 'x', respelt, `${nonce}=`, `${nonce}A`, nonce.slice(1), '\0'.repeat(27)]) {
      expect(nonces.judge(wrong)).toBe('stale')
    }
  })
})

describe('a proof that was used', () => {
  const proof = proofName('thumbprint', 'https://api.example/me', 'one')
  const both = [
    ['shared', sharedReplays],
    ['of the node', nodeReplays],
  ] as const

  it.each(both)(
    'is remembered (%s) for as long as it could be taken, and no longer (DP-5, attack 42)',
    async (_, open) => {
      const { latchkey, clock } = await openEngine()
      const use = open(latchkey)
      expect([await use(proof), await use(proof)]).toEqual([true, false])
      // It may have been made five minutes ahead of this clock, and be taken until five minutes after.
      clock.advance(10 * minute + 4 * second)
      expect(await use(proof)).toBe(false)
      clock.advance(5 * second)
      expect(await use(proof)).toBe(true)
    },
  )

  it.each(both)('is used once (%s), however many requests race (DP-5)', async (_, open) => {
    const { latchkey } = await openEngine()
    const use = open(latchkey)
    const used = await Promise.all(Array.from({ length: 50 }, () => use(proof)))
    expect(used.filter(Boolean)).toHaveLength(1)
  })

  it('is known by key, URL and id: the same id of another key, or for another URL, is another proof (DP-5)', () => {
    const names = [
      proof,
      proofName('another', 'https://api.example/me', 'one'),
      proofName('thumbprint', 'https://api.example/you', 'one'),
      proofName('thumbprint', 'https://api.example/me', 'two'),
    ]
    expect(new Set(names).size).toBe(4)
    // However long the id: it is kept as a digest (I7).
    expect(proofName('thumbprint', 'https://api.example/me', 'x'.repeat(256))).toHaveLength(43)
  })

  it('is an outage where the store is away: nobody can say whether it came before (I3, DP-5)', async () => {
    const store = withVerbs(memoryStore(), { mark: () => Promise.reject(new Error('away')) })
    const { latchkey } = await openEngine({ store })
    expect(await codeOf(sharedReplays(latchkey)(proof))).toBe('store_unavailable')
  })

  it('is never forgotten early: a node whose memory is full takes no other until there is room (DP-5, I7, attack 42)', async () => {
    const { latchkey, clock } = await openEngine()
    const use = nodeReplays(latchkey, 3)
    const named = (id: number): string => proofName('thumbprint', 'https://api.example/me', String(id))
    for (const id of [1, 2, 3]) expect(await use(named(id))).toBe(true)
    expect(await codeOf(use(named(4)))).toBe('overloaded')
    expect(await use(named(1))).toBe(false)
    clock.advance(11 * minute)
    expect(await use(named(4))).toBe(true)
  })

  it('leaves nothing that is readable in the store: a digest under a prefix (I4, attack 44)', async () => {
    const seen: string[] = []
    const { latchkey } = await openEngine({ store: watched(seen) })
    await spendOne(latchkey)
    expect(seen).toEqual([expect.stringMatching(/^dpop:[\w-]{43}$/)])
  })
})

const spendOne = (latchkey: Latchkey): Promise<boolean> =>
  sharedReplays(latchkey)(proofName('thumbprint', 'https://api.example/me', 'a telling id'))

function watched(keysSeen: string[]): ReturnType<typeof memoryStore> {
  const store = memoryStore()
  const mark = store.mark.bind(store)
  return withVerbs(store, {
    mark: (asked) => {
      keysSeen.push(asked.key)
      return mark(asked)
    },
  })
}
