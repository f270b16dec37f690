// A script that signs in once and stays signed in: later runs, and other scripts beside it, go on with the session that
// is kept in a file. Start a server (`npm start`), then:
//
//   PASSWORD=… node examples/silent-script.ts http://127.0.0.1:3000
//   node examples/silent-script.ts http://127.0.0.1:3000              # no password any more
//   node examples/silent-script.ts http://127.0.0.1:3000 --sign-out

import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { bodyMode, createClient, isClientError, type ClientError } from 'latchkey/client'
import { fileStorage } from 'latchkey/client/node'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    file: { type: 'string' },
    user: { type: 'string', default: 'admin' },
    calls: { type: 'string', default: '3' },
    pause: { type: 'string', default: '1' },
    'sign-out': { type: 'boolean', default: false },
  },
})
const [baseUrl = 'http://127.0.0.1:3000'] = positionals
const password = process.env['PASSWORD']
// A file is of one server: another one must not be sent its tokens.
const file = values.file ?? `data/session-${new URL(baseUrl).host.replace(':', '-')}.json`

const client = createClient<{ name: string }>({ baseUrl, transport: bodyMode(fileStorage(file)) })
client.on('refreshed', ({ expiresInSeconds }) => console.log(`renewed, for ${expiresInSeconds} seconds`))
client.on('ended', ({ reason }) => console.log(`the session is over: ${reason}`))

try {
  if (values['sign-out']) await signOut()
  else await work()
} catch (error) {
  // What `fetch` itself throws, for example where the token was good but the network was not there.
  if (!isClientError(error)) throw error
  process.exitCode = explain(error)
}

async function signOut(): Promise<void> {
  const { revoked } = await client.signOut()
  console.log(revoked ? 'signed out' : 'signed out here; the server could not be told')
}

async function work(): Promise<void> {
  // Only where nobody is signed in any more is the password asked for; an outage is no reason to.
  const { status } = await client.restore()
  if (status === 'anonymous' && password !== undefined) {
    const { name } = await client.signIn({ username: values.user, password })
    console.log(`signed in as ${name}`)
  }
  // Throws where there is no session, and where it cannot be renewed; `fetch` below sees to every later renewal.
  await client.getAccessToken()
  for (let call = 1; call <= Number(values.calls); call += 1) {
    if (call > 1) await pause(Number(values.pause) * 1000)
    const answer = await client.fetch('/me')
    if (!answer.ok) throw new Error(`/me: ${answer.status}`)
    const { name } = (await answer.json()) as { name: string }
    console.log(`call ${call}: I am ${name}`)
  }
}

/** Says what to do, and gives the exit code: 1 where a person must act, 75 (as mail programs say it) for "try later". */
function explain({ code, reason }: ClientError): number {
  switch (code) {
    case 'SignedOut':
    case 'RefreshRejected':
      console.error('nobody is signed in: run this with --user and PASSWORD')
      return 1
    case 'SignInRefused':
      console.error(`not signed in: ${reason}`)
      return 1
    case 'Offline':
    case 'Timeout':
    case 'RefreshUnavailable':
      console.error(`the server cannot be reached (${code}); the session is kept, try again later`)
      return 75
    case 'BodyNotReplayable':
    case 'Disposed':
      throw new Error(`a mistake in this script: ${code}`)
  }
}
