// A client of a keyed session, from sign-in to sign-out, with nothing but fetch and node:crypto. On the way it loses
// an answer, as networks do. Start a server (`npm start`), then:
//
//   PASSWORD=… node examples/keyed-client.ts http://127.0.0.1:3000 admin

import { createHash, createHmac } from 'node:crypto'

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresIn: number
}

const [server = 'http://127.0.0.1:3000', username = 'admin'] = process.argv.slice(2)
const password = process.env['PASSWORD'] ?? ''

const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(server + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/problem+json', ...headers },
    body: JSON.stringify(body),
  })

async function refusalOf(answer: Response): Promise<Error> {
  const { status, reason, title } = (await answer.json()) as { status: number; reason: string; title: string }
  return new Error(`${status} ${reason}: ${title}`)
}

// Sign in: the session key comes this once. Keep it with the refresh token, and never send it anywhere.
const signedIn = await post('/login', { username, password }, { 'Latchkey-Proof': 'v1' })
if (!signedIn.ok) throw await refusalOf(signedIn)
const { sessionKey, ...first } = (await signedIn.json()) as Tokens & { sessionKey: string }
let tokens: Tokens = first
let nonce = signedIn.headers.get('Latchkey-Nonce') ?? ''
console.log('signed in; the session key will not travel again')

/** `v1.<nonce>.<mac>`; see docs/protocol.md. */
function proofFor(refreshToken: string): string {
  const hash = createHash('sha256').update(refreshToken).digest('base64url')
  const text = ['latchkey/proof/v1', 'refresh', nonce, hash].join('\n')
  const mac = createHmac('sha256', Buffer.from(sessionKey, 'base64url')).update(text).digest('base64url')
  return `v1.${nonce}.${mac}`
}

const ask = ({ refreshToken }: Tokens): Promise<Response> =>
  post('/token', { refreshToken }, { 'Latchkey-Proof': proofFor(refreshToken) })

/** Renews; tries once more where the nonce was too old. */
async function renew(): Promise<Tokens> {
  let answer = await ask(tokens)
  if (answer.status === 401 && answer.headers.has('Latchkey-Nonce')) {
    nonce = answer.headers.get('Latchkey-Nonce') ?? ''
    answer = await ask(tokens)
  }
  if (!answer.ok) throw await refusalOf(answer)
  nonce = answer.headers.get('Latchkey-Nonce') ?? nonce
  return (await answer.json()) as Tokens
}

tokens = await renew()
console.log('renewed')

const lost = await renew()
console.log('renewed again, and the answer is lost: this client still holds the token before it')

const found = await renew()
console.log(
  `renewed with the old token: ${found.refreshToken === lost.refreshToken ? 'the very same successor' : 'a fork'}`,
)
tokens = found

const thief = await post('/token', { refreshToken: tokens.refreshToken })
console.log(`somebody with a copy of the token, but no key: ${thief.status}`)

tokens = await renew()
console.log('the owner goes on')

await post('/logout', { refreshToken: tokens.refreshToken })
const afterwards = await ask(tokens)
console.log(`signed out; the same token now: ${afterwards.status}`)
