// A single-page app whose sessions renew silently: `node examples/spa/server.ts`, then open the address in a browser, in
// two tabs: ada, correct horse battery. The page is in page/; the keys and the sessions are in data/spa.
//
// On this machine it speaks plain http, which has to be asked for (`insecure`). Anywhere else: https in `publicUrl`, and
// that line goes.

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import express from 'express'
import { createLatchkey } from 'latchkey'
import { createSessions } from 'latchkey/express'
import { openKeyFile } from 'latchkey/key-file'
import { sqliteStore } from 'latchkey/sqlite'

const port = Number(process.env['PORT'] ?? 3001)
const publicUrl = `http://127.0.0.1:${port}`
const pathOf = (name: string): string => fileURLToPath(new URL(`page/${name}`, import.meta.url))

// Stands for your own tables; your users' passwords are hashed.
const users = new Map([['ada', { id: 'user-1', name: 'Ada', password: 'correct horse battery' }]])
const notes = new Map([['user-1', ['Bernoulli numbers', 'Punched cards', 'Tea with Charles']]])

const latchkey = await createLatchkey({
  issuer: publicUrl,
  keys: openKeyFile('data/spa/keys.json'),
  store: sqliteStore('data/spa/sessions.db'),
  // Half a minute, so that you can watch the page renew. Ten minutes, where nothing is said.
  accessSeconds: Number(process.env['ACCESS_SECONDS'] ?? 30),
})
const sessions = createSessions(latchkey, {
  transports: ['cookie'],
  cookies: { insecure: true },
  authenticate({ username, password }) {
    const user = users.get(username)
    return user?.password === password ? { id: user.id, profile: { name: user.name } } : null
  },
})

const bundled = await build({
  entryPoints: [pathOf('app.ts')],
  bundle: true,
  format: 'esm',
  minify: true,
  write: false,
})
const script = bundled.outputFiles.map(({ text }) => text).join('')

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const app = express()
app.use((_req, res, next) => {
  res.set({ 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' })
  next()
})
app.use(sessions.router)
app.get('/', (_req, res) => res.sendFile(pathOf('index.html')))
app.get('/style.css', (_req, res) => res.sendFile(pathOf('style.css')))
app.get('/app.js', (_req, res) => void res.type('js').send(script))
app.get('/api/notes', sessions.requireAuth(), (req, res) => {
  res.set('Cache-Control', 'no-store').json(notes.get(req.auth?.subject ?? '') ?? [])
})

const server = app.listen(port, '127.0.0.1', () => console.log(publicUrl))

process.once('SIGTERM', () => server.close(() => void latchkey.close()))
