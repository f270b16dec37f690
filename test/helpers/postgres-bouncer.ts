// PgBouncer in transaction mode before a server, with so few connections to it that clients share them all the time.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Client } from 'pg'
import { servant, servantsFolder } from './postgres-process.ts'
import { freePort, guard, until } from './services.ts'
import { postgresMissing, type PostgresServer } from './postgres.ts'

const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
const program = folders.map((folder) => join(folder, 'pgbouncer')).find((path) => existsSync(path))
const reason = program === undefined ? 'pgbouncer is missing (apt-get update && apt-get install -y pgbouncer)' : null

/** Why tests that need PgBouncer are to be skipped; null where it is there, or where somebody insists. */
export const bouncerMissing: string | null =
  process.env['REQUIRE_SERVICES'] === '1' ? null : (reason ?? postgresMissing)

export interface Bouncer {
  readonly url: string
  remove(): Promise<void>
}

export async function startBouncer(server: PostgresServer): Promise<Bouncer> {
  if (program === undefined) throw new Error(reason ?? '')
  const port = await freePort()
  const folder = servantsFolder()
  const file = join(folder, 'pgbouncer.ini')
  const lines = [
    '[databases]',
    `* = host=127.0.0.1 port=${server.port} user=postgres`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'default_pool_size = 3',
    'server_reset_query =',
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  const child = spawn(program, ['-q', file], { ...servant, cwd: folder, stdio: 'ignore' })
  const watchdog = guard(child.pid ?? 0)
  child.once('exit', () => watchdog.kill('SIGKILL'))
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  await until(() => answers(url), 'PgBouncer')
  const remove = async (): Promise<void> => {
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    rmSync(folder, { recursive: true, force: true })
  }
  return { url, remove }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query('SELECT 1')).rowCount === 1
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}
