// Everything that a server leaves behind: the files of its database with their journals, and what a database server says of
// its own tables. Read raw, because a secret in a freed page is one that can still be read.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { ask as askRedis } from '../helpers/redis.ts'

/** Every file under a folder, one after the other. */
export function filesUnder(folder: string, wanted: (path: string) => boolean = () => true): Buffer {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Buffer.concat(paths.filter(wanted).map((path) => readFileSync(path)))
}

/** Every row of every table as text, and the files and the log of the whole server. */
export async function postgresDump(url: string): Promise<Buffer> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('CHECKPOINT')
    const tables = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    )
    const texts: string[] = []
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)
      texts.push(name, ...rows.map(({ row }) => row))
    }
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
    return Buffer.concat([Buffer.from(texts.join('\n')), filesUnder(rows[0]?.data_directory ?? '')])
  } finally {
    await client.end()
  }
}

/** The file to which Redis appends every command it was given: all that was ever written, also what is gone. */
export async function redisDump(url: string): Promise<Buffer> {
  const port = Number(new URL(url).port)
  const [, folder = ''] = (await askRedis({ port }, 'CONFIG', 'GET', 'dir')).split('\n')
  return filesUnder(folder, (path) => path.includes('appendonly'))
}
