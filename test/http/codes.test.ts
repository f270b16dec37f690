// Provokes every refusal there is over HTTP and looks at what comes back. The table is complete by its type: a code
// without a row does not compile, so that no refusal can be added that nobody has ever seen (I8).

import { STATUS_CODES } from 'node:http'
import { errorCodes, LatchkeyError, type ErrorCode, type LatchkeyOptions, type Store } from 'latchkey'
import { sendRefusal, statuses, type RequireAuthOptions } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'
import { expect, test } from 'vitest'
import { ask, signIn, type Asked } from '../helpers/requests.ts'
import { credentials, day, showMe, startApp, withApp, type AppOptions, type RunningApp } from './in-process.ts'

type Provoked = readonly [route: string, asked: Asked]

interface Provocation {
  readonly options?: AppOptions
  readonly ask: (app: RunningApp) => Provoked | Promise<Provoked>
}

const keyed = { 'Latchkey-Proof': 'v1' }
const token = (body: unknown, headers = {}): Provoked => ['POST /token', { body, headers }]
const me = (bearer?: string): Provoked => ['GET /me', bearer === undefined ? {} : { bearer }]
const withLatchkey = (latchkey: Partial<LatchkeyOptions>): AppOptions => ({ latchkey })

/** A store that answers until it is broken. */
function breakable(): { readonly store: Store; readonly fail: () => void } {
  const store = memoryStore()
  const advance = store.advance.bind(store)
  let broken = false
  store.advance = (step, signal) => (broken ? Promise.reject(new Error('down')) : advance(step, signal))
  return { store, fail: () => (broken = true) }
}

/** What only an application says, by way of the library's own answer. */
const said = (code: ErrorCode): Provocation => ({
  options: {
    mount: (app) => void app.get('/said', (req, res) => void sendRefusal(req, res, new LatchkeyError(code))),
  },
  ask: () => ['GET /said', {}],
})

/** An application whose /me asks for more than a good token. */
const asking = (required: RequireAuthOptions): AppOptions => ({
  mount: (app, sessions) => {
    app.use(sessions.router)
    app.get('/me', sessions.requireAuth(required), showMe)
  },
})
const entering = async ({ url }: RunningApp): Promise<Provoked> => me((await signIn(url, credentials)).accessToken)

const down = breakable()

const provocations: Readonly<Record<ErrorCode, Provocation>> = {
  token_missing: { ask: () => token({}) },
  token_invalid: { ask: () => token({ token: 'forged' }) },
  token_expired: {
    ask: async ({ url, advance }) => {
      const { refreshToken } = await signIn(url, credentials)
      advance(14 * day)
      return token({ refreshToken })
    },
  },
  session_ended: {
    ask: async ({ url }) => {
      const { refreshToken } = await signIn(url, credentials)
      await ask(url, 'POST /logout', { body: { refreshToken } })
      return token({ refreshToken })
    },
  },
  token_reused: {
    ask: async ({ url, advance }) => {
      const { refreshToken } = await signIn(url, credentials)
      await ask(url, ...token({ refreshToken }))
      advance(11_000)
      return token({ refreshToken })
    },
  },
  proof_refused: { ask: async ({ url }) => token({ token: (await signIn(url, credentials, keyed)).refreshToken }) },
  nonce_stale: said('nonce_stale'),
  renewal_refused: {
    options: withLatchkey({ renew: () => ({ refuse: true }) }),
    ask: async ({ url }) => token({ token: (await signIn(url, credentials)).refreshToken }),
  },
  access_missing: { ask: () => me() },
  access_invalid: { ask: () => me('forged') },
  access_expired: {
    ask: async ({ url, advance }) => {
      const { accessToken } = await signIn(url, credentials)
      advance(600_000)
      return me(accessToken)
    },
  },
  access_ended: {
    ask: async ({ url }) => {
      const { accessToken, refreshToken } = await signIn(url, credentials)
      await ask(url, 'POST /logout', { body: { refreshToken } })
      return me(accessToken)
    },
  },
  scope_insufficient: { options: asking({ scope: 'admin' }), ask: entering },
  step_up_required: { options: asking({ acr: 'urn:mfa' }), ask: entering },
  dpop_invalid: { ask: () => ['POST /login', { body: credentials, headers: { DPoP: 'x.y.z' } }] },
  dpop_nonce_stale: said('dpop_nonce_stale'),
  origin_refused: said('origin_refused'),
  client_refused: { ask: () => ['POST /login', { body: { ...credentials, client_id: 'nobody' } }] },
  client_unauthorized: {
    options: { sessions: { clients: [{ id: 'phone' }] } },
    ask: () => ['POST /login', { body: { ...credentials, client_id: 'phone' } }],
  },
  // The next two are of the OAuth dialect, which has no problems; an application may throw them all the same.
  grant_unsupported: said('grant_unsupported'),
  scope_refused: said('scope_refused'),
  credentials_refused: { ask: () => ['POST /login', { body: { ...credentials, password: 'wrong' } }] },
  sessions_full: {
    options: withLatchkey({ maxSessions: 1, whenFull: 'refuse' }),
    ask: async ({ url }) => {
      await signIn(url, credentials)
      return ['POST /login', { body: credentials }]
    },
  },
  throttled: {
    options: {
      sessions: { authenticate: () => Promise.reject(new LatchkeyError('throttled', { retryAfterSeconds: 60 })) },
    },
    ask: () => ['POST /login', { body: credentials }],
  },
  request_malformed: { ask: () => token([]) },
  request_too_large: { ask: () => token({ token: 'x'.repeat(20_000) }) },
  media_type_unsupported: { ask: () => token('token=x', { 'Content-Type': 'text/plain' }) },
  method_not_allowed: said('method_not_allowed'),
  not_found: said('not_found'),
  overloaded: said('overloaded'),
  store_unavailable: {
    options: withLatchkey({ store: down.store }),
    ask: async ({ url }) => {
      const { refreshToken } = await signIn(url, credentials)
      down.fail()
      return token({ refreshToken })
    },
  },
  internal: said('internal'),
}

test.each(Object.entries(provocations))(
  'says %s with its status, its reason and no more (I8, PD-1, PD-2)',
  async (name, row) => {
    const code = name as ErrorCode
    const { status, reason } = statuses[code]
    await withApp(row.options ?? {}, async (app) => {
      const [route, asked] = await row.ask(app)
      const accept = { ...asked.headers, Accept: 'application/problem+json' }
      const problem = await ask(app.url, route, { ...asked, headers: accept })
      expect(problem.status).toBe(status)
      const title = errorCodes[code]
      expect(problem.body).toEqual({ type: `urn:latchkey:problem:${reason}`, title, status, reason })
      // RFC 6750 s3.1: what is missing is told with 403 too.
      expect(problem.headers.has('WWW-Authenticate')).toBe(status === 401 || code === 'scope_insufficient')
      expect(problem.headers.has('Retry-After')).toBe(status === 429 || status === 503)
      expect(problem.headers.get('Cache-Control')).toBe('no-store')
    })
  },
)

test('says every refusal in one plain word to who asks for nothing else (I8, PD-4)', async () => {
  for (const code of Object.keys(errorCodes) as ErrorCode[]) {
    const app = await startApp(said(code).options)
    const answer = await ask(app.url, 'GET /said')
    expect([code, answer.body]).toEqual([code, { error: STATUS_CODES[statuses[code].status] }])
    await app.close()
  }
})
