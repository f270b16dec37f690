// An application behind one trusted proxy, so that a test says by X-Forwarded-For where a sign-in comes from, and a count
// of the passwords that were looked at: what a throttle is about.

import { onTestFinished } from 'vitest'
import type { Store } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { eventNames, type EventName } from 'latchkey'
import type { ThrottleOptions } from 'latchkey/express'
import { withVerbs } from '../helpers/engine.ts'
import { ask, type Answer } from '../helpers/requests.ts'
import { credentials, showMe, startApp, type RunningApp } from './in-process.ts'

export const { username: owner, password } = credentials
export const second = 1000

/** Small numbers, so that a test reads as its title. */
export const limits = { pairTries: 3, addressTries: 6, accountTries: 5 } as const satisfies ThrottleOptions

export interface ThrottledApp extends RunningApp {
  /** One sign-in from an address; 192.0.2.1 where nothing is said. */
  readonly signIn: (tried: Tried) => Promise<Answer>
  /** Passwords that were looked at so far. */
  readonly looked: () => number
  readonly heard: { readonly name: EventName; readonly event: object }[]
  /** The keys of all counters that were ever written. */
  readonly keys: ReadonlySet<string>
}

export interface Tried {
  readonly username?: string
  readonly password?: string
  readonly from?: string
}

export interface World {
  readonly throttle?: ThrottleOptions | false
  /** Proxies in front of the application that it trusts; 1 where nothing is said. */
  readonly proxies?: number
  readonly store?: Store
  /** Called before a password is looked at; what it throws is the outcome. */
  readonly before?: () => void
}

/** Starts it; it ends with the test. */
export async function throttledApp({
  throttle = limits,
  proxies = 1,
  before,
  ...given
}: World = {}): Promise<ThrottledApp> {
  let looked = 0
  const keys = new Set<string>()
  const inner = given.store ?? memoryStore()
  const store = withVerbs(inner, {
    mark: (mark, signal) => {
      keys.add(mark.key)
      return inner.mark(mark, signal)
    },
  })
  const app = await startApp({
    latchkey: { store },
    sessions: {
      throttle,
      authenticate: (tried) => {
        looked += 1
        before?.()
        return tried.password === password ? { id: `id-of-${tried.username}` } : null
      },
    },
    mount: (express, sessions) => {
      express.set('trust proxy', proxies)
      express.use(sessions.router)
      express.get('/me', sessions.requireAuth(), showMe)
    },
  })
  onTestFinished(() => app.close())
  const heard: { readonly name: EventName; readonly event: object }[] = []
  for (const name of eventNames) app.latchkey.on(name, (event) => heard.push({ name, event }))
  const signIn = ({ from = '192.0.2.1', ...tried }: Tried): Promise<Answer> =>
    ask(app.url, 'POST /login', { body: { ...credentials, ...tried }, headers: { 'X-Forwarded-For': from } })
  return { ...app, signIn, looked: () => looked, heard, keys }
}

/** What a refusal says, without the time it was said at. */
export const said = ({ status, headers, text }: Answer): unknown[] => [
  status,
  text,
  [...headers].filter(([name]) => name !== 'date'),
]

export const retryAfter = ({ headers }: Answer): number => Number(headers.get('retry-after'))

/** Tries a wrong password so often, waiting whenever it is told to; the waits in seconds. */
export async function guess(app: ThrottledApp, times: number, tried: Tried = {}): Promise<number[]> {
  const waits: number[] = []
  while (times > 0) {
    const answer = await app.signIn({ password: 'wrong', ...tried })
    if (answer.status === 401) times -= 1
    else {
      waits.push(retryAfter(answer))
      app.advance(retryAfter(answer) * second)
    }
  }
  return waits
}
