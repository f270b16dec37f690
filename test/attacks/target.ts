// The server under attack: the ready server as a child process with everything switched on, its log at trace level kept,
// its keys known to the test (so that an attack differs from a good request in one thing alone), and its rows read from
// outside, so that "nothing was rotated and nobody was signed out" is looked up and not believed.

import { DatabaseSync } from 'node:sqlite'
import { generateKeys, type KeySet, type SigningKey } from 'latchkey'
import { afterAll, beforeAll, expect } from 'vitest'
import { signIn, type Signed } from '../helpers/requests.ts'
import { runCommand, startServer, type Credentials, type Env, type TestServer } from '../helpers/server.ts'
import { only, request, type RawAnswer } from '../http/raw-socket.ts'

/** The public URL of the server: what its tokens name, and where its pages live. */
export const publicUrl = 'https://app.example'
/** An origin of another site that may call it. */
export const friend = 'https://spa.example'

const [es256] = generateKeys().signing as [SigningKey]
const [ed25519] = generateKeys('Ed25519').signing as [SigningKey]
const [rs256] = generateKeys('RS256').signing as [SigningKey]

/** The keys of every server under attack: ES256 in use, the others known. */
export const keys: KeySet = { ...generateKeys(), signing: [es256, ed25519, rs256] }
export const signingKeys: Readonly<Record<'es256' | 'ed25519' | 'rs256', SigningKey>> = { es256, ed25519, rs256 }

/** Loads a module of this folder into the process of the server before anything else. */
export const preloading = (name: string): string => `--import ${new URL(name, import.meta.url).href}`

export const baseEnv: Env = {
  NODE_OPTIONS: `--expose-gc ${preloading('inside.ts')}`,
  LATCHKEY_LOG_LEVEL: 'trace',
  LATCHKEY_ISSUER: publicUrl,
  LATCHKEY_KEYS: JSON.stringify(keys),
  LATCHKEY_TRANSPORTS: 'body,cookie,header',
  LATCHKEY_ORIGINS: friend,
}

/** A running server, and what the attacks ask of it. */
export class Target {
  readonly server: TestServer
  readonly #env: Env

  constructor(server: TestServer, env: Env) {
    this.server = server
    this.#env = env
  }

  get url(): string {
    return this.server.url
  }

  get user(): Credentials {
    return this.server.administrator
  }

  signIn(headers: Readonly<Record<string, string>> = {}): Promise<Signed> {
    return signIn(this.url, this.user, headers)
  }

  /** One request on a connection of its own, its header lines as they stand, and its one answer. */
  send(route: string, lines: readonly string[] = [], body = ''): Promise<RawAnswer> {
    return only(this.url, request(route, lines, body))
  }

  /** The same with a JSON body. */
  sendJson(route: string, body: unknown, lines: readonly string[] = []): Promise<RawAnswer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return this.send(route, ['Content-Type: application/json', ...lines], text)
  }

  /** The same with a form. */
  sendForm(route: string, form: string | Record<string, string>, lines: readonly string[] = []): Promise<RawAnswer> {
    const text = typeof form === 'string' ? form : new URLSearchParams(form).toString()
    return this.send(route, ['Content-Type: application/x-www-form-urlencoded', ...lines], text)
  }

  /** One command of the command line, beside the running server; what it printed as JSON. */
  async command(...args: readonly string[]): Promise<unknown> {
    const ran = await this.run(args)
    if (ran.code !== 0) throw new Error(`${args.join(' ')}: ${ran.stderr}`)
    return JSON.parse(ran.stdout) as unknown
  }

  run(args: readonly string[], stdin = ''): ReturnType<typeof runCommand> {
    const { NODE_OPTIONS: _, ...env } = this.#env
    return runCommand(this.server.folder, args, env, stdin)
  }

  /** A user of his own for a test that is about one. */
  async addUser(username: string): Promise<Credentials> {
    const password = `the password of ${username}`
    const { code, stderr } = await this.run(['users', 'add', username, '--password-stdin'], `${password}\n`)
    if (code !== 0) throw new Error(stderr)
    return { username, password }
  }

  /** Every session as its row stands. */
  rows(): string[] {
    const database = new DatabaseSync(this.server.databasePath, { readOnly: true })
    try {
      const rows = database.prepare('SELECT * FROM latchkey_sessions ORDER BY sid').all()
      return rows.map((row) => JSON.stringify(row, asHex))
    } finally {
      database.close()
    }
  }

  /** Does it, and checks that no session began, moved or ended meanwhile. */
  async unmoved<Result>(attack: () => Promise<Result>): Promise<Result> {
    const before = this.rows()
    const result = await attack()
    expect(this.rows()).toEqual(before)
    return result
  }
}

const asHex = (_name: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value

/** Starts a server under attack. */
export async function startTarget(env: Env = {}, folder?: string): Promise<Target> {
  const all = { ...baseEnv, ...env }
  return new Target(await startServer(all, folder), all)
}

/**
 * One server for all tests of a file. When they are over it must still run, have logged no defect, and never have called
 * anybody.
 */
export function useTarget(env: Env = {}): () => Target {
  let target: Target | undefined
  const running = (): Target => {
    if (target === undefined) throw new Error('the server is not started yet')
    return target
  }
  beforeAll(async () => {
    target = await startTarget(env)
  })
  afterAll(async () => {
    const { server } = running()
    const after = { running: server.isRunning, defects: defectsIn(server.log), outbound: outboundIn(server.stderr) }
    await server.remove()
    expect(after).toEqual({ running: true, defects: [], outbound: [] })
  })
  return running
}

/** Lines of the log that tell of a defect. */
export const defectsIn = (log: string): string[] => log.split('\n').filter((line) => /"level":[56]0/.test(line))

/** What `inside.ts` says of connections that the server opened. */
export const outboundIn = (stderr: string): string[] =>
  stderr.split('\n').filter((line) => /^inside: (?:outbound|lookup)/.test(line))
