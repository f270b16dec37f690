// A program that uses every public subpath but the client's, as somebody would write it who has only read the types. It is copied into
// an empty folder and type-checked there against the installed packages; it is never run.

import express from 'express'
import { createLatchkey, generateKeys, isLatchkeyError, type Latchkey, type Session, type Store } from 'latchkey'
import { createSessions, sendRefusal, statuses, type SignInUser } from 'latchkey/express'
import { openKeyFile } from 'latchkey/key-file'
import { keptKeys } from 'latchkey/kept-keys'
import { memoryStore } from 'latchkey/memory'
import { postgresStore } from 'latchkey/postgres'
import { redisStore } from 'latchkey/redis'
import { sqliteStore } from 'latchkey/sqlite'
import { settableClock, storeContract } from 'latchkey/testing'
import { readConfig, startServer, type RunningServer } from 'latchkey-server'

const clock = settableClock(1_700_000_000_000)
const store: Store = memoryStore()
const latchkey: Latchkey = await createLatchkey(
  { issuer: 'https://app.example.com', store, keys: generateKeys('EdDSA'), renew: () => undefined },
  clock.ports,
)
const alarms: string[] = []
latchkey.on('reuse', ({ session, depth }) => alarms.push(`${session.id} ${depth}`))

const ada: SignInUser = { id: '1', profile: { name: 'Ada' }, claims: { role: 'owner' }, scope: 'read write' }
const sessions = createSessions(latchkey, {
  credentials: ['email', 'password'],
  authenticate: ({ email, password }) => (email === 'ada@example.com' && password !== '' ? ada : null),
})

const app = express()
app.use(sessions.router)
app.get('/me', sessions.requireAuth({ freshness: 'live' }), (req, res) => {
  const subject: string | undefined = req.auth?.subject
  res.json({ subject })
})
app.post('/elsewhere', (req, res) => sessions.signIn(req, res, ada))
app.use((error: unknown, req: express.Request, res: express.Response, next: express.NextFunction) => {
  if (!sendRefusal(req, res, error)) next(error)
})

/** The same engine, on many machines. */
export async function many(url: string, secret: string): Promise<Latchkey> {
  const shared: Store = url.startsWith('redis') ? await redisStore({ client: url }) : await postgresStore({ pool: url })
  return createLatchkey({ issuer: 'https://app.example.com', store: shared, keys: keptKeys({ secrets: [secret] }) })
}

/** Reads a status from the table. */
export const statusOf = (error: unknown): number => (isLatchkeyError(error) ? statuses[error.code].status : 500)

/** Runs the contract on a store. */
export function contract(test: (name: string, run: () => Promise<void>) => void, path: string): void {
  storeContract({ test, open: () => ({ openings: [sqliteStore(path), sqliteStore(path)] }) })
}

/** Ends a session by its row. */
export const end = ({ subject, publicId }: Session): Promise<boolean> => latchkey.revoke(subject, publicId, 'revoked')

/** Starts the server on its own keys. */
export async function serve(log: Parameters<typeof startServer>[1]): Promise<RunningServer> {
  openKeyFile('keys.json')
  return startServer(readConfig({ PORT: '0' }), log)
}
