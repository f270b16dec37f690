// PostgreSQL as it is run: one server, or a primary with a standby that streams from it. All on loopback; the disk is
// waited for as PostgreSQL does by itself, unless a test says `fsync: 'off'`.

import { writeFileSync, chownSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { PostgresProcess, reason, servant, type Settings } from './postgres-process.ts'
import { until } from './services.ts'

export { until } from './services.ts'

const insisted = process.env['REQUIRE_SERVICES'] === '1'

/** Why tests that need PostgreSQL are to be skipped; null where it is there, or where somebody insists. */
export const postgresMissing: string | null = insisted ? null : reason
if (postgresMissing !== null) process.stderr.write(`The tests on PostgreSQL are skipped: ${postgresMissing}\n`)

export interface PostgresServer {
  readonly port: number
  /** Of a database; of `postgres` where nothing is said. */
  url(database?: string): string
  /** Starts it (again), on the same port and folder; resolves when it answers. */
  start(): Promise<void>
  /** Ends all its processes at once, as a crash does (SIGKILL where nothing is said). */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Stops all its processes, as a frozen machine does, until `resume`. */
  pause(): void
  resume(): void
  /** Lets it end in order. */
  stop(): Promise<void>
  /** Ends it, and takes its folder away. */
  remove(): Promise<void>
}

export interface PostgresOptions {
  readonly settings?: Settings
}

/** One server. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const server = await made(options)
  await server.start()
  return server
}

/** A primary, and a standby that streams from it and is in step. */
export async function startReplicated(): Promise<{ primary: PostgresServer; standby: PostgresServer }> {
  const primary = await made({ settings: { fsync: 'off' } })
  await primary.start()
  await primary.stop()
  const connection = `host=127.0.0.1 port=${primary.port} user=postgres`
  const standby = await primary.copy({ primary_conninfo: connection })
  const mark = join(standby.data, 'standby.signal')
  writeFileSync(mark, '')
  if (servant.uid !== undefined && servant.gid !== undefined) chownSync(mark, servant.uid, servant.gid)
  await primary.start()
  await standby.start()
  await until(async () => (await ask(primary, 'SELECT * FROM pg_stat_replication')).length === 1, 'the standby')
  return { primary, standby }
}

/** One statement on a connection of its own; its rows. */
export async function ask(
  server: Pick<PostgresServer, 'url'>,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: server.url() })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(text, values)
    return rows
  } finally {
    await client.end().catch(() => undefined)
  }
}

function made({ settings = {} }: PostgresOptions): Promise<PostgresProcess> {
  if (reason !== null) throw new Error(reason)
  return PostgresProcess.make(settings)
}
