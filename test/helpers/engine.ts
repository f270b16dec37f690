// An engine on a clock that the test sets, a client that proves its session key with nothing but node:crypto, and stores
// that fail in a chosen way.

import { createHash, createHmac } from 'node:crypto'
import {
  createLatchkey,
  eventNames,
  generateKeys,
  isLatchkeyError,
  MisuseError,
  type EventName,
  type Latchkey,
  type LatchkeyOptions,
  type RefreshRequest,
  type SignedIn,
  type SignIn,
  type Store,
  type Tokens,
} from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { settableClock, type SettableClock } from 'latchkey/testing'

export const issuer = 'https://auth.example'
/** When engines begin: a whole second, so that seconds and milliseconds agree. */
export const start = 1_700_000_000_000
export const second = 1000
export const minute = 60 * second
export const day = 1440 * minute

export const keys = generateKeys()

export interface Heard {
  readonly name: EventName
  readonly event: Record<string, unknown> & { readonly at: number }
}

export interface OpenedEngine {
  readonly latchkey: Latchkey
  readonly clock: SettableClock
  readonly store: Store
  /** Every event, in order. */
  readonly heard: readonly Heard[]
}

/** An engine that hears all its own events; on a store in memory and keys of its own where nothing is said. */
export async function openEngine(
  options: Partial<LatchkeyOptions> = {},
  clock: SettableClock = settableClock(start),
): Promise<OpenedEngine> {
  const store = options.store ?? memoryStore()
  const latchkey = await createLatchkey({ issuer, keys, ...options, store }, clock.ports)
  const heard: Heard[] = []
  for (const name of eventNames) {
    latchkey.on(name, (event) => heard.push({ name, event }))
  }
  return { latchkey, clock, store, heard }
}

export const plain = { subject: 'ada', proof: 'plain', transport: 'body' } as const satisfies SignIn
export const proved = { subject: 'ada', proof: 'session_key', transport: 'body' } as const satisfies SignIn

/** The proof of a session key, as docs/protocol.md writes it down and not as the source makes it. */
export function proofFor(sessionKey: string, nonce: string, covered: string): string {
  const hash = covered === '' ? '' : createHash('sha256').update(covered, 'ascii').digest('base64url')
  const text = ['latchkey/proof/v1', 'refresh', nonce, hash].join('\n')
  const mac = createHmac('sha256', Buffer.from(sessionKey, 'base64url')).update(text).digest('base64url')
  return `v1.${nonce}.${mac}`
}

/** What a client holds between two refreshes. */
export interface Held {
  readonly refreshToken: string
  readonly sessionKey: string | null
  readonly nonce: string | null
}

/** A body-mode refresh with everything it needs. */
export const asking = ({ refreshToken: token, sessionKey, nonce }: Held): RefreshRequest => ({
  token,
  transport: 'body',
  ...(sessionKey === null || nonce === null ? {} : { proof: proofFor(sessionKey, nonce, token) }),
})

/** What the client holds after an answer. */
export const holding = (before: SignedIn | Held, { refreshToken, nonce }: Tokens): Held => ({
  refreshToken,
  nonce,
  sessionKey: before.sessionKey,
})

/** Signs in and refreshes `times` times: every answer, the first from the sign-in. */
export async function history(latchkey: Latchkey, request: SignIn, times: number): Promise<Held[]> {
  const held: Held[] = [await latchkey.signIn(request)]
  for (let round = 0; round < times; round += 1) {
    const last = held.at(-1)!
    held.push(holding(last, await latchkey.refresh(asking(last))))
  }
  return held
}

/** `ok`, or the code of the refusal, outage or misuse; what has no code is a bug and is thrown on. */
export async function codeOf(act: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof act === 'function' ? act() : act)
    return 'ok'
  } catch (error) {
    if (isLatchkeyError(error) || error instanceof MisuseError) return error.code
    throw error
  }
}

/** A store like another, but for some verbs. */
export const withVerbs = (store: Store, verbs: Partial<Store>): Store =>
  new Proxy(store, {
    get(target, name) {
      const verb: unknown = Reflect.get(Object.hasOwn(verbs, name) ? verbs : target, name)
      return typeof verb === 'function' ? verb.bind(target) : verb
    },
  })

export const never = (): Promise<never> => new Promise<never>(() => undefined)

/** Resolves when everything has run that can run without an event from outside. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** How a promise ends when the clock runs on, step by step, for as long as it takes. */
export async function running<Result>(clock: SettableClock, stepMs: number, work: Promise<Result>): Promise<Result> {
  const state = { over: false }
  const done = (): void => void (state.over = true)
  work.then(done, done)
  for (await settled(); !state.over; await settled()) clock.advance(stepMs)
  return work
}

/** Lets time pass as it does: in steps, with everything done in each that is due in it. */
export async function pass(clock: SettableClock, ms: number): Promise<void> {
  for (const end = clock.now() + ms; clock.now() < end; await settled()) {
    clock.advance(Math.min(5 * second, end - clock.now()))
  }
}

/** The payload of a token. */
export const payloadOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
