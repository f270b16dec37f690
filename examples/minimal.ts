// An Express application that had its own users, now with sessions: `node examples/minimal.ts`. What Latchkey needs is
// between the two lines; the keys and the sessions are in data/minimal.

import express from 'express'
import { createLatchkey } from 'latchkey'
import { createSessions } from 'latchkey/express'
import { openKeyFile } from 'latchkey/key-file'
import { sqliteStore } from 'latchkey/sqlite'

const port = Number(process.env['PORT'] ?? 3000)
const app = express()

// Stands for your own user table; yours holds hashes.
const users = new Map([['ada', { id: 'user-1', name: 'Ada', password: 'correct horse battery' }]])

// ————————————————————————————————————————————————————————————————————————
const latchkey = await createLatchkey({
  issuer: `http://127.0.0.1:${port}`,
  keys: openKeyFile('data/minimal/keys.json'),
  store: sqliteStore('data/minimal/sessions.db'),
})
const sessions = createSessions(latchkey, {
  authenticate({ username, password }) {
    const user = users.get(username)
    return user?.password === password ? { id: user.id, profile: { name: user.name } } : null
  },
})
app.use(sessions.router)
// ————————————————————————————————————————————————————————————————————————

app.get('/', (_req, res) => void res.send('Everybody may read this.'))
app.get('/secret', sessions.requireAuth(), (req, res) => void res.json({ for: req.auth?.subject }))

const server = app.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`))

process.once('SIGTERM', () => server.close(() => void latchkey.close()))
