// The ready server with users and OAuth clients, reached by the URL that is its issuer: what the libraries of other
// people are let loose on.

import { ask, signed, type Signed } from '../helpers/requests.ts'
import { runCommand, startServer, type Env, type TestServer } from '../helpers/server.ts'
import { Front } from './front.ts'

/** An OAuth client as its owner knows it. */
export interface KnownClient {
  readonly id: string
  readonly secret: string
}

export interface Deployment {
  /** The issuer. */
  readonly url: string
  readonly server: TestServer
  /** Runs a command beside the server. Throws where it fails. */
  readonly run: (...args: string[]) => Promise<string>
  /** Registers a confidential client. */
  readonly addClient: (id: string, ...options: string[]) => Promise<KnownClient>
  /** A session of the administrator; for a client, where one is named. */
  readonly signIn: (client?: Partial<KnownClient>, headers?: Readonly<Record<string, string>>) => Promise<Signed>
  readonly remove: () => Promise<void>
}

export const audience = 'https://api.example'

/** Starts a deployment; remove it when done. No leeway, so that a token which was used up shows at once. */
export async function deploy(env: Env = {}): Promise<Deployment> {
  const front = await Front.open()
  const settings = { LATCHKEY_ISSUER: front.url, LATCHKEY_AUDIENCE: audience, LATCHKEY_LEEWAY_SECONDS: '0', ...env }
  const server = await startServer(settings)
  front.leadTo(server.url)
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCommand(server.folder, args, settings)
    if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
    return stdout
  }
  return {
    url: front.url,
    server,
    run,
    addClient: async (id, ...options) => {
      const { secret } = JSON.parse(await run('clients', 'add', id, ...options, '--json')) as {
        readonly secret: string
      }
      return { id, secret }
    },
    signIn: async ({ id, secret } = {}, headers = {}) => {
      const named = {
        ...(id === undefined ? {} : { client_id: id }),
        ...(secret === undefined ? {} : { client_secret: secret }),
      }
      return signed(await ask(front.url, 'POST /login', { body: { ...server.administrator, ...named }, headers }))
    },
    remove: async () => {
      await front.close()
      await server.remove()
    },
  }
}
