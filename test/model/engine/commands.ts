// Everything that can be done to a deployment, as fast-check commands: each does it, and compares what was said with
// what the model expects. After every one of them, all subjects' live sessions are compared too.

import * as fc from 'fast-check'
import { expect } from 'vitest'
import type { Tokens } from 'latchkey'
import { proofOf } from '../explorer/proof-maker.ts'
import { codeOf, type Deployment, type Given } from './deployment.ts'
import type { Expected, Proof } from './expected.ts'

export type Command = fc.AsyncCommand<Expected, Deployment>
type Run = (model: Expected, real: Deployment) => Promise<void> | void

const subjects = ['ada', 'bob'] as const
const foreignKey = Buffer.alloc(32, 9).toString('base64url')

const command = (name: string, run: Run, check: (model: Expected) => boolean = () => true): Command => ({
  check,
  run: async (model, real) => {
    await run(model, real)
    await compareLives(model, real)
  },
  toString: () => name,
})

async function compareLives(model: Expected, real: Deployment): Promise<void> {
  const [engine] = real.engines()
  for (const subject of subjects) {
    const listed = await engine.list(subject)
    const expected = model
      .live(subject)
      .map((number) => [real.given.get(number)?.sessionId, model.generationOf(number)])
    expect(listed.map(({ id, generation }) => [id, generation])).toEqual(expected)
  }
}

/** `number` counts the sessions begun so far, from the last one backwards, so that shrinking keeps its meaning. */
const hasBegun = (model: Expected): boolean => model.begun > 0
const pick = (model: Expected, number: number): number => model.begun - 1 - (number % model.begun)

interface Newcomer {
  readonly subject: string
  readonly keyed: boolean
  readonly cookie: boolean
  /** Whether the credentials were checked before the last thing that happened: it may have been a revoke-all. */
  readonly early: boolean
}

export const signIn = (newcomer: Newcomer, engine: number): Command =>
  command(`signIn(${JSON.stringify(newcomer)}, on ${engine})`, async (model, real) => {
    const { subject, keyed, cookie, early } = newcomer
    const authTime = early ? model.now : undefined
    // Sessions of one millisecond have no order.
    pass(model, real, 1)
    const number = model.begun
    const expected = model.signIn(subject, keyed, authTime ?? model.now)
    const transport = cookie ? 'cookie' : 'body'
    const request = { subject, proof: keyed ? 'session_key' : 'plain', transport, authTime } as const
    const signedIn = await real.engines()[engine]!.signIn(request).catch(codeOf)
    expect(typeof signedIn === 'string' ? signedIn : 'ok').toBe(expected)
    if (typeof signedIn === 'string') return
    const { sessionKey, session, accessToken } = signedIn
    const [tokens, nonces] = [new Map<number, string>(), []]
    const given: Given = { subject, transport, sessionKey, sessionId: session.id, tokens, nonces, accessToken }
    real.given.set(number, given)
    keep(real, given, signedIn)
  })

function pass(model: Expected, real: Deployment, ms: number): void {
  model.now += ms
  real.clock.now = model.now
}

function keep(real: Deployment, given: Given, { accessToken, refreshToken, session, nonce }: Tokens): number {
  const known = given.tokens.get(session.generation)
  expect(known ?? refreshToken).toBe(refreshToken)
  given.tokens.set(session.generation, refreshToken)
  given.accessToken = accessToken
  if (nonce !== null) given.nonces.push({ text: nonce, at: real.clock.now })
  return session.generation
}

interface Try {
  readonly number: number
  /** How many generations older than the newest one known. */
  readonly age: number
  readonly proof: Proof
  /** Whether the proof is made with the first nonce that was given, and not the last. */
  readonly oldNonce: boolean
}

export const refresh = (tried: Try, engines: readonly number[]): Command =>
  command(
    `refresh(${JSON.stringify(tried)}, on ${engines.join(' and ')})`,
    (model, real) => attempt(model, real, tried, engines),
    hasBegun,
  )

async function attempt(model: Expected, real: Deployment, tried: Try, engines: readonly number[]): Promise<void> {
  const number = pick(model, tried.number)
  const given = real.given.get(number)
  if (given === undefined) return
  const generations = [...given.tokens.keys()].sort((one, other) => other - one)
  const generation = generations[Math.min(tried.age, generations.length - 1)]!
  const token = given.tokens.get(generation)!
  const nonce = (tried.oldNonce ? given.nonces[0] : given.nonces.at(-1)) ?? { text: '', at: 0 }
  const key = tried.proof === 'right' ? given.sessionKey : foreignKey
  const covered = given.transport === 'cookie' ? '' : token
  const proof = tried.proof === 'none' || key === null ? undefined : proofOf(key, nonce.text, covered)
  const request = { token, transport: given.transport, proof }
  const unproved = real.unproved.length
  const nodes = real.engines()
  const ask = (engine: number): Promise<number | string> =>
    nodes[engine]!.refresh(request).then((tokens) => keep(real, given, tokens), codeOf)
  const said = await Promise.all(engines.map(ask))
  const keyed = given.sessionKey !== null
  const expected = engines.map(() => model.refresh(number, keyed, generation, tried.proof, nonce.at))
  compareAnswers(said, expected)
  expect(real.unproved.length - unproved).toBe(expected.filter((code) => code === 'proof_refused').length)
}

// Of several who bring back an old plain token at once, more than one may be the one who is told so.
function compareAnswers(said: readonly (number | string)[], expected: readonly (number | string)[]): void {
  if (!expected.includes('token_reused')) return expect(said).toEqual(expected)
  expect(said).toContain('token_reused')
  expect(['token_reused', 'session_ended']).toEqual(expect.arrayContaining([...said]))
}

/** Says whether it is what has ended the session. */
type Ending = (model: Expected, real: Deployment, number: number, given: Given, engine: number) => Promise<boolean>

/** An end. The engine that brought it about refuses the session's access tokens from then on, and the store at once. */
const ending = (name: string, number: number, engine: number, end: Ending): Command =>
  command(
    `${name}(${number}, on ${engine})`,
    async (model, real) => {
      const picked = pick(model, number)
      const given = real.given.get(picked)
      if (given === undefined) return
      const ended = await end(model, real, picked, given, engine)
      const [first, second] = real.engines()
      const [here, there] = engine === 0 ? [first, second] : [second, first]
      const refused = /^access_(ended|expired)$/
      if (ended) expect(await here.verify(given.accessToken).then(() => 'live', codeOf)).toMatch(refused)
      expect(await there.verifyLive(given.accessToken).then(() => 'live', codeOf)).toMatch(refused)
    },
    hasBegun,
  )

const signOut: Ending = async (model, real, number, given, engine) => {
  const [token] = given.tokens.values()
  await real.engines()[engine]!.signOut({ token: token!, transport: given.transport })
  return model.end(number)
}

const revoke: Ending = async (model, real, number, { subject, sessionId }, engine) => {
  const ended = model.isLive(number) && model.end(number)
  expect(await real.engines()[engine]!.revoke(subject, sessionId)).toBe(ended)
  return ended
}

const revokeAll: Ending = async (model, real, number, { subject }, engine) => {
  const ended = model.isLive(number)
  expect(await real.engines()[engine]!.revokeAll(subject)).toBe(model.endAll(subject))
  return ended
}

const sweep = (engine: number): Command =>
  command('sweep()', async (model, real) => {
    expect(await real.engines()[engine]!.sweep()).toBe(model.sweep())
  })

export const copy = (): Command =>
  command('copy()', async (model, real) => {
    await real.copy?.()
    if (real.copy !== undefined) model.keep()
  })

export const restore = (): Command =>
  command(
    'restore()',
    async (model, real) => {
      await real.restore()
      model.restore()
    },
    (model) => model.isKept(),
  )

const index = fc.nat({ max: 5 })
const engine = fc.nat({ max: 1 })
const [keyed, cookie, early, oldNonce] = [fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()]
const newcomer = fc.record({ subject: fc.constantFrom(...subjects), keyed, cookie, early })
const passing = fc.constantFrom(1, 3000, 10_000, 10_001, 300_000, 1_260_000, 3_600_000, 7_200_000)
const held = { number: index, age: fc.nat({ max: 3 }), oldNonce }
const owner = fc.record<Try>({ ...held, proof: fc.constant('right') })
const thief = fc.record<Try>({ ...held, proof: fc.constantFrom('none', 'wrong') })
const several = fc.array(engine, { minLength: 1, maxLength: 4 })

/** Sequences of everything. */
export const commands = (replayPath?: string): fc.Arbitrary<Iterable<Command>> =>
  fc.commands(
    [
      // Twice, because everything else waits for it.
      fc.tuple(newcomer, engine).map((given) => signIn(...given)),
      fc.tuple(newcomer, engine).map((given) => signIn(...given)),
      fc.tuple(owner, engine).map(([tried, on]) => refresh({ ...tried, age: 0, oldNonce: false }, [on])),
      fc.tuple(owner, several).map((given) => refresh(...given)),
      fc.tuple(thief, engine).map(([tried, on]) => refresh(tried, [on])),
      passing.map((ms) => command(`pass(${ms})`, (model, real) => pass(model, real, ms))),
      fc.tuple(index, engine).map((given) => ending('signOut', ...given, signOut)),
      fc.tuple(index, engine).map((given) => ending('revoke', ...given, revoke)),
      fc.tuple(index, engine).map((given) => ending('revokeAll', ...given, revokeAll)),
      engine.map(sweep),
      fc.constant(copy()),
      fc.constant(restore()),
    ],
    { size: 'max', maxCommands: 60, ...(replayPath === undefined ? {} : { replayPath }) },
  )
