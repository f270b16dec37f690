import type { Store } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  asking,
  codeOf,
  history,
  holding,
  minute,
  never,
  openEngine,
  plain,
  proved,
  running,
  second,
  settled,
  withVerbs,
  type Held,
  type OpenedEngine,
} from '../helpers/engine.ts'

/** A store whose verbs fail or hang for as long as the test says. */
function ailing(): { store: Store; real: Store; ail: (how: Partial<Store>) => void } {
  const real = memoryStore()
  let verbs: Partial<Store> = {}
  const store = new Proxy(real, { get: (_target, name): unknown => Reflect.get(withVerbs(real, verbs), name) })
  return { store, real, ail: (how) => (verbs = how) }
}

const down = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1:5432'))
const thrown = () => {
  throw new Error('connect ECONNREFUSED 10.0.0.1:5432')
}
const names = ['insert', 'find', 'findPublic', 'advance', 'list', 'revoke', 'revokeAll', 'sweep'] as const
const all = (verb: () => Promise<never>): Partial<Store> => Object.fromEntries(names.map((name) => [name, verb]))

let store: ReturnType<typeof ailing>
let engine: OpenedEngine
let held: Held[]
beforeEach(async () => {
  store = ailing()
  engine = await openEngine({ store: store.store })
  held = await history(engine.latchkey, proved, 2)
})

const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['a refresh', () => engine.latchkey.refresh(asking(held.at(-1)!))],
  ['a refresh with an older token', () => engine.latchkey.refresh(asking(held[0]!))],
  ['a sign-in', () => engine.latchkey.signIn(plain)],
  ['a sign-out', () => engine.latchkey.signOut({ token: held[0]!.refreshToken, transport: 'body' })],
  ['a revocation', () => engine.latchkey.revoke('ada', 'A'.repeat(22))],
  ['a sign-out everywhere', () => engine.latchkey.revokeAll('ada')],
  ['a sign-out of all others', () => engine.latchkey.revokeOthers('ada', 'A'.repeat(22))],
  ['a list', () => engine.latchkey.list('ada')],
  ['a sweep', () => engine.latchkey.sweep()],
]

/** What it is refused with, when the clock runs for as long as it takes. */
const outcome = (call: () => Promise<unknown>): Promise<unknown> =>
  running(
    engine.clock,
    5 * second,
    call().catch((error: unknown) => error),
  )

describe('a store that fails', () => {
  for (const [how, verb] of [
    ['rejects', down],
    ['throws', thrown],
    ['hangs', never],
  ] as const) {
    test.each(calls)(
      `and ${how} makes an outage of %s, ends no session and shows nothing of itself (I3, I4, OP-3)`,
      async (_what, call) => {
        const before = await store.real.list({ subject: 'ada', limit: 10 })
        const told = engine.heard.length
        store.ail(all(verb))
        const error = await outcome(call)
        expect(error).toMatchObject({ code: 'store_unavailable', retryAfterSeconds: 1 })
        expect(JSON.stringify(error) + (error as Error).message).not.toContain('10.0.0.1')
        expect(engine.heard.length).toBe(told)
        expect(await store.real.list({ subject: 'ada', limit: 10 })).toEqual(before)
        store.ail({})
        const { nonce } = await engine.latchkey.refresh(asking(held[0]!)).catch((refused: { nonce: string }) => refused)
        expect(await codeOf(engine.latchkey.refresh(asking({ ...held.at(-1)!, nonce })))).toBe('ok')
      },
    )
  }

  test('does not stop this node from verifying access tokens, for as long as it may go by what it knows', async () => {
    const { accessToken } = await engine.latchkey.signIn(plain)
    store.ail({ ...all(down), revokedSince: down, ping: down })
    engine.clock.advance(2 * minute)
    expect(await codeOf(engine.latchkey.verify(accessToken))).toBe('ok')
    expect(await codeOf(engine.latchkey.verifyLive(accessToken))).toBe('store_unavailable')
    engine.clock.advance(1)
    expect(await codeOf(engine.latchkey.verify(accessToken))).toBe('store_unavailable')
    expect(engine.latchkey.seen(accessToken)).toBeUndefined()
  })

  test('stops it never where the application says so', async () => {
    const { latchkey, clock } = await openEngine({ store: store.store, whenFeedLost: 'serve' })
    const { accessToken } = await latchkey.signIn(plain)
    store.ail({ ...all(down), revokedSince: down, ping: down })
    clock.advance(9 * minute)
    expect(await codeOf(latchkey.verify(accessToken))).toBe('ok')
    expect(latchkey.seen(accessToken)).toBeDefined()
  })

  test('that answers after the deadline has lost nothing: the client asks again', async () => {
    const last = held.at(-1)!
    let proceed = (): void => undefined
    store.ail({
      advance: async (step) => {
        await new Promise<void>((resolve) => (proceed = resolve))
        return store.real.advance(step)
      },
    })
    const pending = codeOf(engine.latchkey.refresh(asking(last)))
    await settled()
    engine.clock.advance(5 * second)
    expect(await pending).toBe('store_unavailable')
    proceed()
    await settled()
    store.ail({})
    const answer = await engine.latchkey.refresh(asking(last))
    expect(answer.session.generation).toBe(4)
    expect(await codeOf(engine.latchkey.refresh(asking(holding(last, answer))))).toBe('ok')
  })

  test('between the alarm and the end of a session does not acknowledge the end', async () => {
    const bare = await history(engine.latchkey, plain, 3)
    store.ail({ revoke: down })
    expect(await codeOf(engine.latchkey.refresh(asking(bare[0]!)))).toBe('store_unavailable')
    expect(engine.heard.map(({ name }) => name)).not.toContain('reuse')
    store.ail({})
    expect(await codeOf(engine.latchkey.refresh(asking(bare[0]!)))).toBe('token_reused')
  })

  test('is told by a signal to drop what was given up', async () => {
    let signal: AbortSignal | undefined
    store.ail({
      advance: (_step, given) => {
        signal = given
        return never()
      },
    })
    const pending = codeOf(engine.latchkey.refresh(asking(held.at(-1)!)))
    await settled()
    expect(signal?.aborted).toBe(false)
    engine.clock.advance(5 * second)
    expect(await pending).toBe('store_unavailable')
    expect(signal?.aborted).toBe(true)
  })

  test('that loses every swap to others ends in 503 after three tries (I7)', async () => {
    let tries = 0
    store.ail({
      advance: async () => {
        tries += 1
        return null
      },
    })
    expect(await codeOf(engine.latchkey.refresh(asking(held.at(-1)!)))).toBe('store_unavailable')
    expect(tries).toBe(3)
  })
})

describe('the readiness of a node', () => {
  test('is said while its store answers and its feed is young', async () => {
    expect(await engine.latchkey.readiness()).toEqual({ ready: true, feedAgeMs: 0, detail: null })
  })

  test('is denied where the store does not answer', async () => {
    store.ail({ ping: down })
    expect(await engine.latchkey.readiness()).toMatchObject({
      ready: false,
      detail: expect.stringContaining('ECONNREFUSED'),
    })
    store.ail({ ping: never })
    const pending = engine.latchkey.readiness()
    await settled()
    engine.clock.advance(5 * second)
    expect(await pending).toMatchObject({ ready: false, detail: expect.stringContaining('5000 ms') })
  })

  test('is denied where the node has heard of no revocation for two minutes, and said again afterwards', async () => {
    store.ail({ revokedSince: down })
    for (let round = 0; round < 4; round += 1) {
      engine.clock.advance(30 * second)
      await settled()
    }
    expect(await engine.latchkey.readiness()).toMatchObject({ ready: true, feedAgeMs: 2 * minute })
    engine.clock.advance(30 * second)
    await settled()
    expect(await engine.latchkey.readiness()).toMatchObject({
      ready: false,
      feedAgeMs: 150_000,
      detail: expect.any(String),
    })
    store.ail({})
    engine.clock.advance(30 * second)
    await settled()
    expect(await engine.latchkey.readiness()).toEqual({ ready: true, feedAgeMs: 0, detail: null })
  })
})

test('a closed engine has let go of its store and its timers', async () => {
  let closed = 0
  let loads = 0
  store.ail({
    close: async () => void (closed += 1),
    revokedSince: async () => {
      loads += 1
      return []
    },
  })
  await engine.latchkey.close()
  engine.clock.advance(10 * minute)
  await settled()
  expect([closed, loads]).toEqual([1, 0])
})
