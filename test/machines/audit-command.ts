// The audit trail as the command line shows it, beside a running server: for the tests of what is in it.

import { expect } from 'vitest'
import { runCommand, startServer, until, type Env, type Ran, type TestServer } from '../helpers/server.ts'

/** What its commands need. */
export const env: Env = { LATCHKEY_SECRET: 'a secret that nobody could ever guess' }

/** A row of the trail, as it is printed. */
export interface Row {
  readonly id: string
  readonly at: string
  readonly event: string
  readonly subject: string | null
  readonly session: string | null
  readonly account: string | null
  readonly actor: string | null
  readonly client: string | null
  readonly label: string
  readonly place: string
  readonly details: Readonly<Record<string, unknown>>
}

export interface AddedUser {
  readonly username: string
  readonly password: string
  readonly id: string
}

/** A server with a trail, and its command line. */
export class Audited {
  readonly server: TestServer

  private constructor(server: TestServer) {
    this.server = server
  }

  static async start(): Promise<Audited> {
    return new Audited(await startServer(env))
  }

  get url(): string {
    return this.server.url
  }

  run(args: string, stdin = ''): Promise<Ran> {
    return runCommand(this.server.folder, args.split(' '), env, stdin)
  }

  /** What a command that must succeed prints. */
  async said(args: string, stdin = ''): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, stdin)
    expect([code, stderr]).toEqual([0, ''])
    return stdout
  }

  /** The newest first. */
  async rowsOf(filter: string): Promise<Row[]> {
    return JSON.parse(await this.said(`audit list --limit 1000 --json ${filter}`.trim())) as Row[]
  }

  /** The oldest first. */
  async exported(filter = ''): Promise<Row[]> {
    const text = await this.said(`audit export ${filter}`.trim())
    const lines = text.split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line) as Row)
  }

  /** The running server writes what it saw a moment later. */
  async rowsOnce(filter: string, count: number): Promise<Row[]> {
    let found: Row[] = []
    const enough = async (): Promise<boolean> => {
      found = await this.rowsOf(filter)
      return found.length >= count
    }
    await until(`${count} rows of ${filter}`, enough, 10_000)
    expect(found).toHaveLength(count)
    return found
  }

  async newUser(name: string): Promise<AddedUser> {
    const credentials = { username: name, password: `the word of ${name}` }
    const out = await this.said(`users add ${name} --password-stdin --json`, `${credentials.password}\n`)
    return { ...credentials, id: (JSON.parse(out) as { id: string }).id }
  }
}
