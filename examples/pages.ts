// Pages made on the server, without a line of script: sign-in by a form, pages that renew their session on the way, and
// sign-out. `node examples/pages.ts`, then open the address in a browser: ada, correct horse battery.
//
// On this machine it speaks plain http, which has to be asked for (`insecure`). Anywhere else: https in `publicUrl`, and
// that line goes.

import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import { createLatchkey, generateKeys } from 'latchkey'
import { createSessions, returnPath, sendRefusal } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'

const port = Number(process.env['PORT'] ?? 3000)
const publicUrl = `http://127.0.0.1:${port}`

// Stands for your own user table; yours holds hashes.
const users = new Map([['ada', { id: 'user-1', password: 'correct horse battery' }]])

const latchkey = await createLatchkey({ issuer: publicUrl, keys: generateKeys(), store: memoryStore() })
const sessions = createSessions(latchkey, {
  transports: ['cookie'],
  cookies: { access: true, insecure: true },
  authenticate({ username, password }) {
    const user = users.get(username)
    return user?.password === password ? { id: user.id } : null
  },
})

const escaped = (text: string): string => text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)
const page = (body: string, head = ''): string =>
  `<!doctype html><html lang="en"><title>Pages</title>${head}${body}</html>`
const form = (back: string, said = ''): string =>
  page(`<p>${said}</p><form method="post" action="/sign-in"><input type="hidden" name="back" value="${escaped(back)}">
  <input name="username" autocomplete="username"><input name="password" type="password" autocomplete="current-password">
  <button>Sign in</button></form>`)

// Whoever follows a link from another site comes without cookies, because they are SameSite=Strict: one step on our own
// site brings them. Only who then still has none is asked to sign in.
const askToSignIn: RequestHandler = (req, res) => {
  if (req.headers['sec-fetch-site'] === 'cross-site' && req.method === 'GET') {
    res.send(page('', '<meta http-equiv="refresh" content="0">'))
  } else res.redirect(303, `/sign-in?back=${encodeURIComponent(req.originalUrl)}`)
}
const signedIn = sessions.requireAuth({ renew: true, otherwise: askToSignIn })

const signIn: RequestHandler = (req, res, next) => {
  const { back, ...credentials } = { ...(req.body as Record<string, unknown>) }
  const work = async (): Promise<void> => {
    const user = await sessions.authenticate(req, res, credentials)
    if (user === null) res.status(401).send(form(returnPath(back), 'That was wrong.'))
    else if (await sessions.signInPage(req, res, user)) res.redirect(303, returnPath(back))
  }
  work().catch(next)
}

const signOut: RequestHandler = (req, res, next) => {
  const work = async (): Promise<void> => {
    if (await sessions.signOutPage(req, res)) res.redirect(303, '/')
  }
  work().catch(next)
}

// Too many tries, an outage: what Latchkey throws, it can answer.
const refused: ErrorRequestHandler = (error, req, res, next) => {
  if (!sendRefusal(req, res, error)) next(error)
}

const app = express()
app.use(express.urlencoded({ extended: false }))
app.get('/', (_req, res) => void res.send(page('<a href="/notes">My notes</a>')))
app.get('/sign-in', (req, res) => void res.send(form(returnPath(req.query['back']))))
app.post('/sign-in', signIn)
app.post('/sign-out', signOut)
app.get('/notes', signedIn, (req, res) => {
  const name = escaped(req.auth?.subject ?? '')
  res.send(page(`<p>Notes of ${name}</p><form method="post" action="/sign-out"><button>Sign out</button></form>`))
})
app.use(refused)

const server = app.listen(port, '127.0.0.1', () => console.log(publicUrl))

process.once('SIGTERM', () => server.close(() => void latchkey.close()))
