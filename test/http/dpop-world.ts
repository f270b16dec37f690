// An application with protected routes, and one honest client with a bound session on it, for the tests of DPoP. It is
// called by a socket's address and known outside by another, so that a proof for the wrong one is noticed.

import type { Events } from 'latchkey'
import { DpopClient, type Place, type ProofOf } from '../helpers/dpop.ts'
import type { Answer } from '../helpers/requests.ts'
import { credentials, showMe, startApp, type AppOptions, type RunningApp } from './in-process.ts'

export const publicUrl = 'https://app.example'

export interface DpopWorld {
  readonly app: RunningApp
  readonly place: Place
  readonly client: DpopClient
  /** Every `replayed` since the client has signed in. */
  readonly replayed: readonly Events['replayed'][]
  /** Sends the client's access token with its proof, once. */
  readonly send: (proof?: Partial<ProofOf>, route?: string) => Promise<Answer>
  /** A proof for GET /me, for who builds his own request. */
  readonly proof: (url?: string) => string
}

/** Where a running application is, from inside and from outside. */
export const placeOf = (app: RunningApp): Place => ({ url: app.url, publicUrl, now: () => app.latchkey.now() })

/** Starts the application and signs the client in; it has a nonce for token routes and one for resources. */
export async function dpopWorld(options: AppOptions = {}): Promise<DpopWorld> {
  const app = await startApp({
    mount: (express, sessions) => {
      express.use(sessions.router)
      express.get('/me', sessions.requireAuth(), showMe)
      express.post('/me', sessions.requireAuth(), showMe)
      express.get('/twice', sessions.requireAuth(), sessions.requireAuth({ freshness: 'live' }), showMe)
      express.get('/files/:name', sessions.requireAuth(), showMe)
    },
    ...options,
  })
  const place = placeOf(app)
  const client = await DpopClient.signIn(place, credentials)
  const met = await client.get(place, '/me')
  if (met.status !== 200) throw new Error(`the client's first request was answered with ${met.status}`)
  const replayed: Events['replayed'][] = []
  app.latchkey.on('replayed', (event) => replayed.push(event))
  return {
    app,
    place,
    client,
    replayed,
    send: (proof = {}, route = 'GET /me') => client.send(place, route, { token: client.accessToken, proof }),
    proof: (url = `${publicUrl}/me`) =>
      client.key.proof({
        method: 'GET',
        url,
        nonce: client.nonces.resource,
        token: client.accessToken,
        at: app.latchkey.now(),
      }),
  }
}

export const challengeOf = ({ headers }: Answer): string => headers.get('WWW-Authenticate') ?? ''
