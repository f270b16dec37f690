// Transactions, and what is tried again: where PostgreSQL has ended one of two that stood in each other's way, nothing of
// it has happened. All settings are local to the transaction, so that a pooled connection is given back as it was.

import { createHash } from 'node:crypto'
import { isRefused, stateOf, withConnection, type PostgresPool, type Query } from './pool.ts'
import { durability } from './statements.ts'

/** Two that meet rarely meet again; whoever fails so often is an outage. */
const maxTries = 4
const retried = new Set(['40P01', '40001'])

/** Tries again after a deadlock or a serialization failure. */
export async function retrying<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (tries === maxTries || !retried.has(stateOf(error))) throw error
    }
  }
}

export interface Terms {
  /** What is locked until the end of the transaction, by name. */
  readonly lock?: string
  /** How long it may wait for any lock. */
  readonly lockMs?: number
  /** How long any statement may take. */
  readonly statementMs?: number
  readonly signal?: AbortSignal | undefined
}

/** How long a transaction may wait for a lock, or for this process while it holds one. */
const waitMs = 5000

/**
 * All or nothing, durable before it resolves. READ COMMITTED whatever the database's default is: each statement must see
 * what was committed before the lock was had.
 */
export function transaction<Result>(
  pool: PostgresPool,
  { lock, lockMs = waitMs, statementMs, signal }: Terms,
  work: (query: Query) => Promise<Result>,
): Promise<Result> {
  const begin = [
    'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
    `SELECT ${durability}, set_config('lock_timeout', '${lockMs}', true), set_config('idle_in_transaction_session_timeout', '${waitMs}', true)`,
    ...(lock === undefined ? [] : [`SELECT pg_advisory_xact_lock(${lockKeyOf(lock)})`]),
  ].join('; ')
  return retrying(() => withConnection(pool, signal, (query) => run(query, begin, work, signal), statementMs))
}

async function run<Result>(
  query: Query,
  begin: string,
  work: (query: Query) => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  try {
    await query(begin)
    const result = await work((text, values) => {
      signal?.throwIfAborted()
      return query(text, values)
    })
    signal?.throwIfAborted()
    await query('COMMIT')
    return result
  } catch (error) {
    // Fails where the connection is lost, and the transaction with it; the connection is given up then.
    if (isRefused(error) || signal?.aborted === true) await query('ROLLBACK')
    throw error
  }
}

// 64 bits of a hash: what shares them by accident waits for one another, and nothing worse.
const lockKeyOf = (name: string): bigint => createHash('sha256').update(name).digest().readBigInt64BE(0)
