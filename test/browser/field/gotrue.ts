// What supabase's own server says on the wire, in front of an engine of ours: sign-in, renewal, user and sign-out, so that
// its client can be used as it is. It translates and decides nothing; every rule behind it is Latchkey's.

import express, { type Request, type Response, type Router } from 'express'
import { isLatchkeyError, type ErrorCode, type Latchkey, type Tokens } from 'latchkey'
import { credentials } from '../client/page-app.ts'

/** Where the translation is mounted. */
export const goTruePath = '/auth/v1'

const apiVersion = '2024-01-01'

// Its server deletes what is over, so that most refusals have one name.
const refusals: Partial<Record<ErrorCode, string>> = {
  token_invalid: 'refresh_token_not_found',
  token_expired: 'session_expired',
  session_ended: 'refresh_token_not_found',
  token_reused: 'refresh_token_already_used',
}

/** The routes that its client calls. */
export function goTrue(engine: Latchkey): Router {
  const router = express.Router()
  router.use(express.json())
  router.post('/token', (req, res) => answer(res, grant(engine, req)))
  router.get('/user', (req, res) => answer(res, user(engine, req)))
  router.post('/logout', (req, res) => answer(res, signOut(engine, req)))
  return router
}

async function grant(engine: Latchkey, req: Request): Promise<object> {
  const { email = '', password, refresh_token: token = '' } = req.body as Record<string, string>
  if (req.query['grant_type'] === 'refresh_token') {
    return sessionOf(engine, await engine.refresh({ token, transport: 'body' }))
  }
  if (password !== credentials.password) throw new Refusal(400, 'invalid_credentials')
  return sessionOf(engine, await engine.signIn({ subject: email, proof: 'plain', transport: 'body' }))
}

const user = async (engine: Latchkey, req: Request): Promise<object> =>
  userOf((await engine.verify(bearerOf(req))).subject)

async function signOut(engine: Latchkey, req: Request): Promise<null> {
  const { subject, sessionId } = await engine.verify(bearerOf(req))
  await engine.revoke(subject, sessionId, 'signed_out')
  return null
}

const bearerOf = (req: Request): string => (req.headers.authorization ?? '').replace(/^Bearer /, '')

const userOf = (subject: string): object => ({
  id: subject,
  aud: 'authenticated',
  email: subject,
  app_metadata: {},
  user_metadata: {},
  created_at: '2026-01-01T00:00:00Z',
})

// Its server names the moment of expiry by its own clock, and its client believes that.
const sessionOf = (engine: Latchkey, { accessToken, refreshToken, expiresInSeconds, session }: Tokens): object => ({
  access_token: accessToken,
  token_type: 'bearer',
  expires_in: expiresInSeconds,
  expires_at: Math.floor(engine.now() / 1000) + expiresInSeconds,
  refresh_token: refreshToken,
  user: userOf(session.subject),
})

class Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string) {
    super(code)
    this.status = status
    this.code = code
  }
}

async function answer(res: Response, work: Promise<object | null>): Promise<void> {
  res.set({ 'X-Supabase-Api-Version': apiVersion, 'Cache-Control': 'no-store' })
  try {
    const body = await work
    if (body === null) res.status(204).end()
    else res.json(body)
  } catch (error) {
    const { status, code } = refusalOf(error)
    res.status(status).json({ code, message: code })
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const known = isLatchkeyError(error) ? error.code : 'internal'
  if (known.startsWith('access_')) return new Refusal(403, 'bad_jwt')
  const code = refusals[known]
  return code === undefined ? new Refusal(500, 'unexpected_failure') : new Refusal(400, code)
}
