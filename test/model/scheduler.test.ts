// Real engines on a real store whose every verb waits at a gate, before its work and after it; fast-check opens the
// gates in any order. So calls overtake each other inside the engine, as they do between nodes and their database.

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLatchkey, generateKeys, type Latchkey, type Store, type Tokens } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { codeOf } from './engine/deployment.ts'
import { proofOf } from './explorer/proof-maker.ts'

const keys = generateKeys()
const gatedVerbs = new Set<string | symbol>(['find', 'findPublic', 'advance', 'revoke', 'revokeAll', 'list'])

type Gate = (label: string) => Promise<void>

/** The same store behind a gate. */
const gated = (store: Store, gate: Gate): Store =>
  new Proxy(store, {
    get(target, verb) {
      const method = Reflect.get(target, verb) as (...given: unknown[]) => Promise<unknown>
      if (!gatedVerbs.has(verb)) return method.bind(target)
      return async (...given: unknown[]) => {
        await gate(`${String(verb)} begins`)
        const result = await method.apply(target, given)
        await gate(`${String(verb)} answers`)
        return result
      }
    },
  })

interface Plan {
  readonly keyed: boolean
  /** Refreshes one after the other, before the race begins. */
  readonly before: number
  /** Refreshes in the race: how many generations old the token of each is, and whether the second engine is asked. */
  readonly refreshes: readonly { readonly age: number; readonly second: boolean }[]
  /** What else takes part in the race. */
  readonly endings: readonly ('signOut' | 'revoke' | 'revokeAll')[]
}

interface Race {
  readonly engines: readonly [Latchkey, Latchkey]
  readonly refresh: (engine: Latchkey, token: string) => Promise<Tokens>
  /** Tokens by generation, as they were before the race. */
  readonly tokens: Map<number, string>
  readonly end: Readonly<Record<Plan['endings'][number], () => Promise<unknown>>>
}

interface Said {
  readonly presented: number
  /** The generation that came back, or the code of the refusal. */
  readonly said: number | string
  /** Whether an end had been acknowledged before the request was made. */
  readonly tooLate: boolean
}

async function prepare({ keyed, before }: Plan, gate: Gate): Promise<Race> {
  const store = gated(memoryStore(), gate)
  const open = (): Promise<Latchkey> => createLatchkey({ issuer: 'https://races.example', keys, store })
  const engines = [await open(), await open()] as const
  const [first] = engines
  const request = { subject: 'ada', proof: keyed ? 'session_key' : 'plain', transport: 'body' } as const
  const { sessionKey, session, refreshToken, nonce } = await first.signIn(request)
  const refresh = (engine: Latchkey, token: string): Promise<Tokens> => {
    const proof = sessionKey === null ? undefined : proofOf(sessionKey, nonce ?? '', token)
    return engine.refresh({ token, transport: 'body', proof })
  }
  const tokens = new Map([[1, refreshToken]])
  for (let made = 1; made <= before; made += 1) {
    tokens.set(made + 1, (await refresh(first, tokens.get(made) ?? '')).refreshToken)
  }
  return {
    engines,
    refresh,
    tokens,
    end: {
      signOut: () => first.signOut({ token: refreshToken, transport: 'body' }),
      revoke: () => first.revoke('ada', session.id),
      revokeAll: () => first.revokeAll('ada'),
    },
  }
}

interface Outcome {
  readonly said: readonly Said[]
  /** The generations of the sessions that still live. */
  readonly live: readonly number[]
}

/** Runs the race. Whatever happens in it, one generation has one text. */
async function run(plan: Plan, scheduler: fc.Scheduler): Promise<Outcome> {
  let isOpen = true
  const gate: Gate = (label) => (isOpen ? Promise.resolve() : scheduler.schedule(Promise.resolve(), label))
  const { engines, refresh, tokens, end } = await prepare(plan, gate)
  const known = new Map(tokens)
  let ended = false
  const ask = async ({ age, second }: Plan['refreshes'][number]): Promise<Said> => {
    const presented = Math.max(1, known.size - age)
    await gate(`a refresh with ${presented} is sent`)
    const tooLate = ended
    const answer = await refresh(engines[second ? 1 : 0], known.get(presented) ?? '').catch(codeOf)
    if (typeof answer === 'string') return { presented, said: answer, tooLate }
    const { generation } = answer.session
    expect(tokens.get(generation) ?? answer.refreshToken).toBe(answer.refreshToken)
    tokens.set(generation, answer.refreshToken)
    return { presented, said: generation, tooLate }
  }
  const finish = async (ending: Plan['endings'][number]): Promise<void> => {
    await gate(`${ending} is sent`)
    await end[ending]()
    ended = true
  }
  isOpen = false
  const race = [Promise.all(plan.refreshes.map(ask)), Promise.all(plan.endings.map(finish))] as const
  const [said] = await scheduler.waitFor(Promise.all(race))
  isOpen = true
  const live = (await engines[1].list('ada')).map(({ generation }) => generation)
  for (const engine of engines) await engine.close()
  return { said, live }
}

const refreshes = (maxAge: number) =>
  fc.array(fc.record({ age: fc.nat({ max: maxAge }), second: fc.boolean() }), { minLength: 2, maxLength: 5 })
const endings = fc.array(fc.constantFrom('signOut' as const, 'revoke' as const, 'revokeAll' as const), {
  minLength: 1,
  maxLength: 2,
})
const before = fc.nat({ max: 3 })

const check = (plans: fc.Arbitrary<Plan>, holds: (outcome: Outcome, plan: Plan) => void): Promise<void> =>
  fc.assert(
    fc.asyncProperty(plans, fc.scheduler(), async (plan, scheduler) => {
      holds(await run(plan, scheduler), plan)
    }),
    { numRuns: Number(process.env['LATCHKEY_RUNS'] ?? 300) },
  )

test('gives all who race with tokens of a keyed session newer ones, and the newest its one successor (I2)', async () => {
  const plans = fc.record({ keyed: fc.constant(true), before, refreshes: refreshes(3), endings: fc.constant([]) })
  await check(plans, ({ said, live }, { before: made }) => {
    const newest = said.some(({ presented }) => presented === made + 1) ? made + 2 : made + 1
    expect(live).toEqual([newest])
    for (const { presented, said: generation } of said) {
      const answers = presented === made + 1 ? [newest] : [made + 1, newest]
      expect(answers).toContain(generation)
    }
  })
})

test('gives all who race with the newest token of a plain session its one successor (I2)', async () => {
  const plans = fc.record({ keyed: fc.constant(false), before, refreshes: refreshes(0), endings: fc.constant([]) })
  await check(plans, ({ said, live }, { before: made }) => {
    expect(said.map(({ said: generation }) => generation)).toEqual(said.map(() => made + 2))
    expect(live).toEqual([made + 2])
  })
})

test('ends a plain session for all, whoever of the racing brings back an old token (I2, I10)', async () => {
  const plans = fc.record({ keyed: fc.constant(false), before, refreshes: refreshes(3), endings: fc.constant([]) })
  await check(plans, ({ said, live }) => {
    const isEnded = said.some(({ said: code }) => code === 'token_reused')
    expect(live).toHaveLength(isEnded ? 0 : 1)
    for (const { presented, said: answer } of said) {
      if (typeof answer === 'number') expect(answer).toBeGreaterThan(presented)
      else expect(isEnded && ['token_reused', 'session_ended'].includes(answer)).toBe(true)
    }
  })
})

test('lets no refresh bring an ended session back, and none that begins after the end succeed (I10)', async () => {
  const plans = fc.record({ keyed: fc.boolean(), before, refreshes: refreshes(1), endings })
  await check(plans, ({ said, live }, { before: made }) => {
    expect(live).toEqual([])
    for (const { said: answer, tooLate } of said) {
      const answers = tooLate ? ['session_ended'] : [made + 1, made + 2, 'session_ended', 'token_reused']
      expect(answers).toContain(answer)
    }
  })
})
