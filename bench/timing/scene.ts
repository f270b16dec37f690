// What the questions are asked of: the ready server on its core with its defaults, its throttle alone told to let the
// benchmark through, with two users, their sessions, and two clients.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { stopProcess } from '../processes.ts'
import { startAndWait } from '../ready-server.ts'

const program = fileURLToPath(new URL('../../packages/latchkey-server/bin/latchkey-server.js', import.meta.url))
const delayed = fileURLToPath(new URL('delayed.ts', import.meta.url))

/** Or thousands of wrong passwords would not all be looked at. */
const unthrottled: Readonly<Record<string, string>> = { LATCHKEY_THROTTLE: 'off' }

interface SignedIn {
  readonly access: string
  readonly refresh: string
}

interface Client {
  readonly id: string
  readonly secret: string
}

export interface Scene {
  readonly port: number
  /** A user's two newest sessions, and another user's. */
  readonly ada: SignedIn
  readonly ended: SignedIn
  readonly bob: SignedIn
  /** A confidential client, and a session of it. */
  readonly web: Client
  readonly webs: SignedIn
  readonly close: () => Promise<void>
}

const password = 'right horse battery'

/** A ready server with everything in it. `delays`: it delays those requests that ask for it (delayed.ts). */
export async function openScene(folder: string, delays: boolean): Promise<Scene> {
  const env = { LATCHKEY_DATA_DIR: `${folder}/data`, LATCHKEY_ACCESS_SECONDS: '3600', ...unthrottled }
  const preload = delays ? ['--import', delayed] : []
  const server = await startAndWait([...preload, program, 'serve', '--json'], env, `${folder}/log`)
  const run = (args: readonly string[], input = ''): Promise<string> => command(args, env, input)
  await run(['users', 'add', 'ada', '--password-stdin'], password)
  await run(['users', 'add', 'bob', '--password-stdin'], password)
  const added = await run(['clients', 'add', 'web', '--sign-in', '--refresh', '--introspect', '--json'])
  const web = { id: 'web', secret: (JSON.parse(added) as Client).secret }
  const ended = await signIn(server.port, 'ada')
  await post(server.port, '/logout', { token: ended.refresh })
  return {
    port: server.port,
    ada: await signIn(server.port, 'ada'),
    ended,
    bob: await signIn(server.port, 'bob'),
    web,
    webs: await signIn(server.port, 'ada', { client_id: web.id, client_secret: web.secret }),
    close: () => stopProcess(server.process),
  }
}

async function signIn(port: number, username: string, client: object = {}): Promise<SignedIn> {
  const answer = await post(port, '/login', { username, password, ...client })
  const { accessToken, refreshToken } = (await answer.json()) as Readonly<Record<string, unknown>>
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string') throw new Error(`sign-in: ${answer.status}`)
  return { access: accessToken, refresh: refreshToken }
}

const post = (port: number, path: string, body: object): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

async function command(args: readonly string[], env: Readonly<Record<string, string>>, input: string): Promise<string> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`latchkey-server ${args.join(' ')} ended with ${code}`)
  return output
}
