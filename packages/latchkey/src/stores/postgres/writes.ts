// The writes that take several statements: an insertion with its bound, a sign-out everywhere, and who the store is. Those
// about a subject take his lock first, so that whoever is begun while he is signed out everywhere is either seen and ended,
// or sees the not-before and is refused (I10).

import type { Session } from '../../core/session.ts'
import type { Bound, EndingAll, Identity, Insertion } from '../../core/store.ts'
import { messagesOf } from './messages.ts'
import type { PostgresPool, Query, Row } from './pool.ts'
import { identityOf, sessionOf, sidText, valuesOf } from './rows.ts'
import type { Statements } from './statements.ts'
import { transaction, type Terms } from './transaction.ts'

export interface Writing {
  readonly pool: PostgresPool
  readonly schema: string
  readonly sql: Statements
  readonly channel: string
  readonly sender: string
}

/** Adds a session and keeps the bound. */
export function insert(
  writing: Writing,
  session: Session,
  { max, evict }: Bound,
  signal: AbortSignal | undefined,
): Promise<Insertion> {
  const { subject, createdAt, authTime } = session
  const { pool, sql } = writing
  return transaction(pool, termsOf(writing, subject, signal), async (query) => {
    const [standing] = checkPrimary(await query(sql.standing, [subject, createdAt]))
    const notBefore = standing?.['not_before']
    if (notBefore !== null && authTime <= Number(notBefore)) return { inserted: false, because: 'revoked' }
    const sids = standing?.['live'] as string | null
    const live = sids?.split(' ') ?? []
    const excess = live.slice(0, Math.max(0, live.length + 1 - max))
    if (excess.length > 0 && !evict) return { inserted: false, because: 'full' }
    const rows = await query(sql.insert, [excess, createdAt, ...valuesOf(session)])
    const evicted = rows.map(sessionOf)
    await tell(writing, query, evicted)
    return { inserted: true, evicted }
  })
}

/** Ends all of a subject's sessions, and keeps out those that are being begun. */
export function revokeAll(
  writing: Writing,
  subject: string,
  { at, reason, exceptSid }: EndingAll,
  signal: AbortSignal | undefined,
): Promise<readonly Session[]> {
  const { pool, sql } = writing
  return transaction(pool, termsOf(writing, subject, signal), async (query) => {
    if (exceptSid === undefined) await query(sql.setNotBefore, [subject, at])
    const ended = (await query(sql.revokeAll, [subject, at, reason, sidText(exceptSid)])).map(sessionOf)
    await tell(writing, query, ended)
    return ended
  })
}

/** Keeps what is new of a proposal; what the store then is. */
export function identify({ pool, sql }: Writing, { environment, keys }: Identity): Promise<Identity> {
  return transaction(pool, {}, async (query) => {
    await query(sql.keepEnvironment, [environment])
    await query(sql.keepKeys, [[...keys.keys()], [...keys.values()]])
    return identityOf(await query(sql.identity))
  })
}

/** Throws where a standby has answered: what it does not know may have been committed all the same. */
export function checkPrimary(rows: readonly Row[]): readonly Row[] {
  if (rows[0]?.['standby'] !== false) throw new Error('PostgreSQL is a standby here: sessions need the primary')
  return rows
}

const termsOf = ({ schema }: Writing, subject: string, signal: AbortSignal | undefined): Terms => ({
  lock: `latchkey subject ${schema} ${subject}`,
  signal,
})

// In the transaction of what it tells: NOTIFY is heard when that is committed, and not before.
async function tell({ sql, channel, sender }: Writing, query: Query, ended: readonly Session[]): Promise<void> {
  if (ended.length > 0) await query(sql.notify, [channel, messagesOf(sender, ended)])
}
