// The same with Latchkey on it, its keys given (BENCH_KEYS) and its sessions in memory, or in the SQLite file of
// BENCH_FILE.

import express from 'express'
import { createLatchkey } from 'latchkey'
import { createSessions } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'

const { PORT, BENCH_KEYS = '', BENCH_FILE } = process.env
const store = BENCH_FILE === undefined ? memoryStore() : (await import('latchkey/sqlite')).sqliteStore(BENCH_FILE)
const latchkey = await createLatchkey({ issuer: 'http://127.0.0.1:3000', keys: JSON.parse(BENCH_KEYS), store })
const sessions = createSessions(latchkey, { authenticate: () => null })
const app = express()
app.use(sessions.router)
app.get('/me', sessions.requireAuth(), (req, res) => void res.json(req.auth))
app.get('/healthz', (_req, res) => void res.json({ status: 'ok' }))
app.listen(Number(PORT), '127.0.0.1')
