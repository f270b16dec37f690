import { MisuseError, type KeySource, type Store } from 'latchkey'
import { keptKeys } from 'latchkey/kept-keys'
import { memoryStore } from 'latchkey/memory'
import { settableClock } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import { codeOf, day, minute, openEngine, pass, plain, second, settled, start, withVerbs } from '../helpers/engine.ts'

const secret = 'a secret of at least thirty-two characters'
const other = 'another secret of more than thirty-two characters'
const open = (secrets = [secret], more = {}): KeySource => keptKeys({ secrets, leadSeconds: 60, ...more })
const both = { signing: true, refresh: true }
const bearer = (token: string) => ({ token, transport: 'body' }) as const

/** Three nodes of one deployment; `deaf` ones never hear that anything has changed. */
async function threeNodes() {
  const clock = settableClock(start)
  const store = memoryStore()
  const nodes = []
  for (let count = 0; count < 3; count += 1) nodes.push(await openEngine({ store, keys: open() }, clock))
  return { clock, store, nodes: nodes.map(({ latchkey }) => latchkey) }
}

describe('keys kept in the store', () => {
  test('are made once, however many nodes start together', async () => {
    const store = memoryStore()
    const sets = await Promise.all(Array.from({ length: 10 }, () => open().load(store, start)))
    expect(new Set(sets.map((keys) => JSON.stringify(keys))).size).toBe(1)
    expect((await store.readKeys())?.version).toBe(1)
  })

  test('are the same object until they change, so that nothing is made ready again', async () => {
    const store = memoryStore()
    const source = open()
    expect(await source.load(store, start)).toBe(await source.load(store, start + day))
  })

  test('lie in the store sealed: neither root nor private key can be read there (I4)', async () => {
    const store = memoryStore()
    const { refresh, signing } = await open().load(store, start)
    const { text } = (await store.readKeys())!
    for (const hidden of [refresh[0]!.root, signing[0]!.privateJwk.d!, signing[0]!.kid, secret]) {
      expect(text).not.toContain(hidden)
      expect(Buffer.from(text.slice(3), 'base64url').toString('latin1')).not.toContain(hidden)
    }
  })

  test('cannot be opened with another secret, and the error does not quote it', async () => {
    const store = memoryStore()
    await open().load(store, start)
    const error = await open([other])
      .load(store, start)
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(MisuseError)
    expect(error).toMatchObject({ code: 'keys_invalid' })
    expect(String(error)).not.toContain(other)
    expect(await codeOf(openEngine({ store, keys: open([other]) }))).toBe('keys_invalid')
  })

  test.each([
    ['one bit', (text: string) => `${text.slice(0, 40)}${text[40] === 'A' ? 'B' : 'A'}${text.slice(41)}`],
    ['its end', (text: string) => text.slice(0, -8)],
    ['its form', (text: string) => text.replace('v1.', 'v2.')],
    ['everything', () => ''],
  ])('cannot be opened where %s was changed', async (_what, change) => {
    const store = memoryStore()
    await open().load(store, start)
    await store.writeKeys(change((await store.readKeys())!.text), 1)
    expect(await codeOf(open().load(store, start))).toBe('keys_invalid')
  })

  test('are sealed anew with the first secret, and the old one can then be left out', async () => {
    const store = memoryStore()
    const before = await open().load(store, start)
    expect(await open([other, secret]).load(store, start)).toEqual(before)
    expect(await open([other]).load(store, start)).toEqual(before)
    expect(await codeOf(open([secret]).load(store, start))).toBe('keys_invalid')
  })

  test('are put back by any node that has them, where the store has lost its newest writes (I3)', async () => {
    const lost = memoryStore()
    const store = memoryStore()
    const source = open()
    await source.load(store, start)
    await source.rotate(store, start, both)
    const keys = await source.load(store, start)
    expect(await source.load(lost, start)).toEqual(keys)
    expect(await open().load(lost, start)).toEqual(keys)
  })

  test('are given up on where others replace them without end (I7)', async () => {
    const store = withVerbs(memoryStore(), { writeKeys: async () => false })
    await expect(open().load(store, start)).rejects.toThrow('again and again')
  })

  test.each([
    ['no secret', { secrets: [] }],
    ['a short secret', { secrets: ['short'] }],
    ['a secret that is none', { secrets: [7 as unknown as string] }],
    ['an unknown algorithm', { secrets: [secret], alg: 'HS256' as 'ES256' }],
    ['half a day', { secrets: [secret], rotateDays: 0.5 }],
    ['no lead', { secrets: [secret], leadSeconds: 1 }],
  ])('are not opened with %s', (_what, options) => {
    expect(() => keptKeys(options)).toThrow(MisuseError)
  })
})

describe('the schedule of kept keys', () => {
  test('adds the next signing key a lead before it is due, and one only', async () => {
    const store = memoryStore()
    const sources = [open(), open(), open()]
    await Promise.all(sources.map((source) => source.load(store, start)))
    const due = start + 90 * day - minute
    expect((await sources[0]!.load(store, due - 1)).signing).toHaveLength(1)
    const sets = await Promise.all(sources.map((source) => source.load(store, due)))
    for (const { signing, refresh } of sets) {
      expect(signing.map(({ usedFrom }) => usedFrom)).toEqual([due + minute, start])
      expect(refresh).toHaveLength(1)
    }
    expect((await sources[0]!.load(store, due + day)).signing).toHaveLength(2)
  })

  test('adds none where it is told never to', async () => {
    const store = memoryStore()
    const source = open([secret], { rotateDays: 0 })
    await source.load(store, start)
    expect((await source.load(store, start + 3000 * day)).signing).toHaveLength(1)
  })

  test('drops a retired signing key when no token of it can be alive, and a refresh key 400 days later', async () => {
    const store = memoryStore()
    const source = open([secret], { rotateDays: 0 })
    await source.load(store, start)
    await source.rotate(store, start, both)
    const counts = async (at: number): Promise<number[]> => {
      const { signing, refresh } = await source.load(store, at)
      return [signing.length, refresh.length]
    }
    expect(await counts(start + day + minute)).toEqual([2, 2])
    expect(await counts(start + day + 3 * minute)).toEqual([1, 2])
    expect(await counts(start + 400 * day)).toEqual([1, 2])
    expect(await counts(start + 401 * day)).toEqual([1, 1])
  })

  test('gives every refresh key a kid of its own, until there are no more', async () => {
    const store = memoryStore()
    const source = open([secret], { rotateDays: 0 })
    await source.load(store, start)
    for (let kid = 2; kid <= 255; kid += 1) await source.rotate(store, start, { signing: false, refresh: true })
    const { refresh } = await source.load(store, start)
    expect(refresh.map(({ kid }) => kid)).toEqual(Array.from({ length: 255 }, (_, index) => 255 - index))
    expect(await codeOf(source.rotate(store, start, both))).toBe('keys_invalid')
  })
})

describe('a rotation of keys on three nodes', () => {
  test('fails no verification and no refresh, at any moment, on any node (OP-6)', async () => {
    const { clock, nodes } = await threeNodes()
    const begun = await Promise.all(nodes.map((node) => node.signIn(plain)))
    let held = begun.map(({ refreshToken }) => refreshToken)
    const tokens = new Set(begun.map(({ accessToken }) => accessToken))
    await nodes[0]!.rotateKeys(both)
    for (let passed = 0; passed < 20; passed += 1) {
      clock.advance(15 * second)
      await settled()
      // Each session goes on to the next node, each access token is shown to all of them.
      const renewed = await Promise.all(held.map((token, index) => nodes[(index + passed) % 3]!.refresh(bearer(token))))
      held = renewed.map(({ refreshToken }) => refreshToken)
      for (const { accessToken } of renewed) tokens.add(accessToken)
      tokens.add((await nodes[passed % 3]!.signIn(plain)).accessToken)
      const codes = await Promise.all([...tokens].flatMap((token) => nodes.map((node) => codeOf(node.verify(token)))))
      expect(new Set(codes)).toEqual(new Set(['ok']))
    }
    const kids = new Set(
      [...tokens].map((token) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid),
    )
    expect(kids.size).toBe(2)
  })

  test('is told to whoever looks: next, active, retired', async () => {
    const { clock, nodes } = await threeNodes()
    const states = (node = nodes[0]!): string[] => node.keys().map(({ use, state }) => `${use} ${state}`)
    expect(states()).toEqual(['signing active', 'refresh active'])
    await nodes[0]!.rotateKeys(both)
    expect(states()).toEqual(['signing next', 'signing active', 'refresh next', 'refresh active'])
    await pass(clock, minute)
    for (const node of nodes) {
      expect(states(node)).toEqual(['signing active', 'signing retired', 'refresh active', 'refresh retired'])
    }
    expect(JSON.stringify(nodes[0]!.keys())).not.toMatch(/root|privateJwk|"d"/)
  })

  test('is learnt from the first token by a node that has missed it, which asks once a second at most (I7)', async () => {
    const clock = settableClock(start)
    const real = memoryStore()
    let asked = 0
    const readKeys: Store['readKeys'] = (...given) => {
      asked += 1
      return real.readKeys(...given)
    }
    const one = await openEngine({ store: real, keys: open() }, clock)
    const late = await openEngine({ store: withVerbs(real, { readKeys }), keys: open() }, clock)
    await one.latchkey.rotateKeys(both)
    const before = asked
    clock.set(start + 29 * second)
    const forged = `${Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'none' })).toString('base64url')}.e30.${'A'.repeat(86)}`
    for (let times = 0; times < 5; times += 1) expect(await codeOf(late.latchkey.verify(forged))).toBe('access_invalid')
    expect(asked - before).toBe(1)
    expect(late.latchkey.keys().filter(({ state }) => state === 'next')).toHaveLength(2)
  })

  test('is refused where the keys were handed over and not kept', async () => {
    const { latchkey } = await openEngine()
    expect(await codeOf(latchkey.rotateKeys(both))).toBe('keys_invalid')
    expect(latchkey.keys().map(({ state }) => state)).toEqual(['active', 'active'])
  })

  test('never turns an unknown key into a refusal while the store is away (I3)', async () => {
    const clock = settableClock(start)
    const real = memoryStore()
    let down = false
    const readKeys: Store['readKeys'] = () => (down ? Promise.reject(new Error('down')) : real.readKeys())
    const one = await openEngine({ store: real, keys: open([secret], { leadSeconds: 5 }) }, clock)
    const late = await openEngine({ store: withVerbs(real, { readKeys }), keys: open() }, clock)
    await one.latchkey.rotateKeys(both)
    clock.advance(10 * second)
    const { accessToken, refreshToken } = await one.latchkey.signIn(plain)
    down = true
    expect(await codeOf(late.latchkey.verify(accessToken))).toBe('store_unavailable')
    expect(await codeOf(late.latchkey.refresh(bearer(refreshToken)))).toBe('store_unavailable')
    down = false
    clock.advance(second)
    await settled()
    expect(await codeOf(late.latchkey.verify(accessToken))).toBe('ok')
    expect(await codeOf(late.latchkey.refresh(bearer(refreshToken)))).toBe('ok')
  })
})
