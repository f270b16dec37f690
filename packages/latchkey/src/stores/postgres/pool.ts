// What the store needs of a pool of connections, so that the application's own serves; `pg` is loaded only where a URL is
// given. Every statement has a time limit, and a connection is given back as it was taken, or not at all (I7).

import { MisuseError } from '../../core/errors.ts'

export interface PostgresQuery {
  readonly text: string
  values?: unknown[]
  /** In milliseconds; the connection is given up with the statement. */
  readonly query_timeout?: number
}

export interface PostgresResult {
  readonly rows: readonly Record<string, unknown>[]
}

export interface PostgresNotification {
  readonly channel: string
  readonly payload?: string | undefined
}

/** One connection of a pool: a `PoolClient` of `pg`. */
export interface PostgresConnection {
  query(query: PostgresQuery): Promise<PostgresResult>
  /** `error` and `end` are told without more. */
  on(event: 'error' | 'end' | 'notification', told: (notification: PostgresNotification) => void): unknown
  off(event: 'error' | 'end' | 'notification', told: (notification: PostgresNotification) => void): unknown
  /** With `true` the connection is ended. */
  release(broken?: boolean): void
}

/** The part of a `Pool` of `pg` that is used. Whoever made it ends it, and listens to its `error` event. */
export interface PostgresPool {
  query(query: PostgresQuery): Promise<PostgresResult>
  connect(): Promise<PostgresConnection>
}

/** A pool that the store has made. */
export interface OwnPool extends PostgresPool {
  end(): Promise<void>
}

export type Row = Readonly<Record<string, unknown>>

/** Runs one statement, or several where there are no values. */
export type Query = (text: string, values?: unknown[]) => Promise<readonly Row[]>

/** A statement that takes longer is given up; longer than any deadline of the engine's is of no use. */
const statementMs = 10_000
const connectMs = 5000

/** A pool on a URL; `max` connections. Throws `option_invalid` where `pg` is missing. */
export async function openPool(url: string, max: number): Promise<OwnPool> {
  const { default: pg } = await import('pg').catch((error: unknown) => {
    if ((error as { code?: unknown } | null)?.code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new MisuseError('option_invalid', 'postgresStore with a URL needs the package pg: npm install pg')
  })
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    application_name: 'latchkey',
  })
  // Without a listener the first idle connection that breaks would end the process. The next statement connects anew.
  pool.on('error', () => undefined)
  return pool
}

/** Lets `work` use a connection of the pool, unless the signal is aborted by the time there is one; `ms` for each statement. */
export async function withConnection<Result>(
  pool: PostgresPool,
  signal: AbortSignal | undefined,
  work: (query: Query) => Promise<Result>,
  ms: number = statementMs,
): Promise<Result> {
  const connection = await pool.connect()
  // Whoever waits for an answer is told; without a listener the process would end as well.
  const ignore = (): void => undefined
  connection.on('error', ignore)
  let broken = false
  try {
    signal?.throwIfAborted()
    return await work(queryOn(connection, ms))
  } catch (error) {
    // What was begun and neither ended nor refused may still be under way on it.
    broken = !isRefused(error) && (error !== signal?.reason || error === undefined)
    throw error
  } finally {
    connection.off('error', ignore)
    connection.release(broken)
  }
}

/** A query function with a time limit. */
export const queryOn =
  (connection: Pick<PostgresConnection, 'query'>, ms: number): Query =>
  async (text, values) => {
    const query = { text, query_timeout: ms, ...(values === undefined ? {} : { values }) }
    return (await connection.query(query)).rows
  }

/** Whether the server has refused a statement, and the connection is as good as before. */
export const isRefused = (error: unknown): boolean => (error as { severity?: unknown } | null)?.severity === 'ERROR'

/** The five characters by which PostgreSQL says what was wrong. */
export function stateOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}
