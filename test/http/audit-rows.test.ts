// The table of the audit trail, on SQLite and on PostgreSQL alike: rows are added and never changed, by anybody with a
// connection; retention and erasure are the two ways through, and leave the fact.

import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postgresAudit } from '../../packages/latchkey-server/src/audit/postgres-audit.ts'
import { recordOf, type AuditDraft, type AuditRecord } from '../../packages/latchkey-server/src/audit/record.ts'
import { firstIdAt, idOfFact, RowIds } from '../../packages/latchkey-server/src/audit/row-id.ts'
import { idBounds, type AuditQuery, type AuditRows } from '../../packages/latchkey-server/src/audit/rows.ts'
import { sqliteAudit } from '../../packages/latchkey-server/src/audit/sqlite-audit.ts'
import { postgresMissing, startPostgres } from '../helpers/postgres.ts'
import { freshFolder, removeFolder } from '../helpers/server.ts'

interface Kept {
  open(): Promise<AuditRows>
  /** A statement of somebody who has a connection and no right to change rows. */
  say(sql: string): Promise<unknown>
  readonly table: string
  remove(): Promise<void>
}

async function inSqlite(): Promise<Kept> {
  const folder = freshFolder()
  const path = join(folder, 'users.db')
  const opened: AuditRows[] = []
  return {
    open: async () => {
      const rows = sqliteAudit(path)
      opened.push(rows)
      return rows
    },
    say: async (sql) => {
      const database = new DatabaseSync(path)
      try {
        database.exec('PRAGMA busy_timeout = 2000')
        return database.exec(sql)
      } finally {
        database.close()
      }
    },
    table: 'latchkey_audit',
    remove: async () => {
      for (const rows of opened) await rows.close()
      removeFolder(folder)
    },
  }
}

async function inPostgres(): Promise<Kept> {
  const server = await startPostgres({ settings: { fsync: 'off' } })
  const pool = new Pool({ connectionString: server.url() })
  pool.on('error', () => undefined)
  return {
    open: () => postgresAudit(pool, 'latchkey'),
    say: (sql) => pool.query(sql),
    table: 'latchkey.audit',
    remove: async () => {
      await pool.end()
      await server.remove()
    },
  }
}

const kinds: readonly (readonly [string, string | null, () => Promise<Kept>])[] = [
  ['SQLite', null, inSqlite],
  ['PostgreSQL', postgresMissing, inPostgres],
]

const ids = new RowIds()
const made = (draft: AuditDraft): AuditRecord => recordOf(draft, ids, true)
const everything: AuditQuery = { after: idBounds.lowest, before: idBounds.highest, limit: 1000, newestFirst: false }
const nobody = { accounts: [], sessions: [] }

describe.each(kinds)('the audit trail in %s', (_name, missing, start) => {
  let kept: Kept
  let rows: AuditRows
  beforeAll(async () => {
    if (missing !== null) return
    kept = await start()
    // Made once, however many open it together.
    ;[rows] = (await Promise.all(Array.from({ length: 5 }, () => kept.open()))) as [AuditRows]
  })
  afterAll(() => kept?.remove())

  const all = (query: Partial<AuditQuery> = {}): Promise<readonly AuditRecord[]> =>
    rows.list({ ...everything, ...query })

  test.skipIf(missing)('gives back what was added, in order of time, and takes a row once', async () => {
    const whole = made({
      at: 1_700_000_000_123,
      event: 'reuse',
      subject: 'a "subject"',
      session: 'a session',
      account: 'a digest',
      actor: 'cli',
      client: 'a client',
      label: 'Firefox on Linux',
      place: '198.51.100.0',
      details: { depth: 2, device: { label: 'é', place: '::' } },
    })
    const bare = made({ at: 1_700_000_000_122, event: 'restored' })
    const second = made({ at: 1_700_000_000_123, event: 'revoked' })
    await rows.append([second, whole])
    await rows.append([bare, whole])
    const inOrder = [bare, ...[whole, second].toSorted((one, other) => (one.id < other.id ? -1 : 1))]
    expect(await all()).toEqual(inOrder)
    expect(await all({ newestFirst: true })).toEqual(inOrder.toReversed())
    expect(await all({ event: 'reuse' })).toEqual([whole])
    expect(await all({ after: firstIdAt(1_700_000_000_123) })).toHaveLength(2)
    expect(await all({ before: firstIdAt(1_700_000_000_123) })).toEqual([bare])
    expect(await all({ after: bare.id, limit: 1 })).toEqual([inOrder[1]])
  })

  test.skipIf(missing)('is append-only: the database itself refuses every change, also by hand (SE-15)', async () => {
    const before = await all()
    const tries = [
      `UPDATE ${kept.table} SET subject = 'somebody else'`,
      `UPDATE ${kept.table} SET details = '{}' WHERE event = 'reuse'`,
      `DELETE FROM ${kept.table}`,
      `DELETE FROM ${kept.table} WHERE event = 'reuse'`,
    ]
    const more = kept.table === 'latchkey.audit' ? [`TRUNCATE ${kept.table}`] : []
    for (const sql of [...tries, ...more]) await expect(kept.say(sql)).rejects.toThrow(/audit rows are not/)
    expect(await all()).toEqual(before)
  })

  test.skipIf(missing)('is append-only: no row takes the place of another with its id, also by hand', async () => {
    const [victim] = await all({ limit: 1 })
    const forged = `('${victim?.id}', 1, 'restored', null, null, null, null, null, '', '', '{}')`
    const tries =
      kept.table === 'latchkey.audit'
        ? [`INSERT INTO ${kept.table} VALUES ${forged} ON CONFLICT (id) DO UPDATE SET event = excluded.event`]
        : ['REPLACE', 'INSERT OR REPLACE'].map((verb) => `${verb} INTO ${kept.table} VALUES ${forged}`)
    // Refused, or without any effect.
    for (const sql of tries) await kept.say(sql).catch(() => undefined)
    expect(await all({ limit: 1 })).toEqual([victim])
  })

  test.skipIf(missing)(
    'finds all that is about one person: by subject, account, and sessions that are his',
    async () => {
      const at = 1_710_000_000_000
      const his = [
        made({ at, event: 'signed_in', subject: 'ada', session: 'her session' }),
        made({ at, event: 'unproved', session: 'her session' }),
        made({ at, event: 'unproved', session: 'a session of which nothing else is known' }),
        made({ at, event: 'sign_in_refused', account: 'digest of ada' }),
      ]
      const others = [
        made({ at, event: 'signed_in', subject: 'bert', session: 'his session' }),
        made({ at, event: 'unproved', session: 'his session' }),
        made({ at, event: 'sign_in_refused', account: 'digest of bert' }),
        made({ at, event: 'restored' }),
      ]
      await rows.append([...his, ...others])
      const person = {
        subject: 'ada',
        accounts: ['digest of ada'],
        sessions: ['a session of which nothing else is known'],
      }
      expect(await all({ person })).toEqual(his)
      expect(await all({ person, event: 'unproved' })).toHaveLength(2)
      expect(await all({ person: { ...nobody, subject: 'carl' } })).toEqual([])
    },
  )

  test.skipIf(missing)('erases a person and keeps the facts, once, and says so (PR-4)', async () => {
    const at = 1_720_000_000_000
    const device = { label: 'Safari on iOS', place: '203.0.113.0' }
    const origin = { label: 'Firefox on Linux', place: '198.51.100.0' }
    const his = [
      made({ at, event: 'signed_in', subject: 'eve', session: 'session of eve', client: 'an app', ...origin }),
      made({ at, event: 'reuse', subject: 'eve', session: 'session of eve', ...origin, details: { depth: 3, device } }),
      made({ at, event: 'sign_in_refused', account: 'digest of eve', ...origin }),
      made({ at, event: 'unproved', session: 'session of eve', ...origin }),
      made({ at, event: 'user_disabled', subject: 'eve', actor: 'cli', details: { sessionsEnded: 1 } }),
    ]
    const other = made({ at, event: 'signed_in', subject: 'finn', session: 'session of finn', ...origin })
    await rows.append([...his, other])
    const person = { subject: 'eve', accounts: ['digest of eve'], sessions: [] }
    const told = made({ at: at + 1, event: 'user_erased', subject: 'erased:1', actor: 'cli' })
    expect(await rows.erase(person, 'erased:1', told)).toBe(5)
    expect(await rows.erase(person, 'erased:2', made({ at: at + 2, event: 'user_erased' }))).toBe(0)
    const now = await all({ after: firstIdAt(at) })
    const faceless = { subject: 'erased:1', session: null, account: null, label: '', place: '' }
    const left = [{}, { depth: 3 }, {}, {}, { sessionsEnded: 1 }]
    const erased = his.map((record, index) => ({ ...record, ...faceless, details: left[index] }))
    expect(now).toEqual([...erased, other, told])
    expect(JSON.stringify(now.filter(({ id }) => id !== other.id))).not.toMatch(/\beve\b|Safari|198\.51|203\.0/)
    await expect(kept.say(`UPDATE ${kept.table} SET subject = 'x'`)).rejects.toThrow(/audit rows are not changed/)
  })

  test.skipIf(missing)('drops what is old, a piece at a time, and nothing else (PR-3)', async () => {
    const at = 1_600_000_000_000
    const old = Array.from({ length: 25 }, (_, index) => made({ at: at + index, event: 'signed_in', subject: 'old' }))
    await rows.append(old)
    const younger = await all({ after: firstIdAt(at + 20) })
    const bound = firstIdAt(at + 20)
    expect([await rows.drop(bound, 15), await rows.drop(bound, 15), await rows.drop(bound, 15)]).toEqual([15, 5, 0])
    expect(await all()).toEqual(younger)
    await expect(kept.say(`DELETE FROM ${kept.table}`)).rejects.toThrow(/audit rows are not deleted/)
  })

  test.skipIf(missing)('takes a fact once, whoever tells it, and many writers at once', async () => {
    const at = 1_730_000_000_000
    const fact = (): AuditRecord => ({ ...made({ at, event: 'key_in_use' }), id: idOfFact(at, 'signing abc') })
    const others = await Promise.all(Array.from({ length: 4 }, () => kept.open()))
    const writers = others.map((each, index) =>
      Promise.all(
        Array.from({ length: 10 }, (_, number) =>
          each.append([fact(), made({ at: at + 1, event: 'revoked', subject: `${index}-${number}` })]),
        ),
      ),
    )
    await Promise.all(writers)
    const found = await all({ after: firstIdAt(at) })
    expect(found.filter(({ event }) => event === 'key_in_use')).toHaveLength(1)
    expect(new Set(found.map(({ subject }) => subject)).size).toBe(41)
  })

  test.skipIf(missing)(
    'takes whatever somebody may have typed, without being told lines by it (PR-6, attack 44)',
    async () => {
      const label = `a\n2026 root signed in\u202e\u0000'; DROP TABLE x; --${'\u{1F600}'.repeat(80)}`
      const record = made({ at: 1_740_000_000_000, event: 'revoked', label, details: { reason: label } })
      await rows.append([record])
      const [found] = await all({ after: firstIdAt(1_740_000_000_000) })
      expect(found).toEqual(record)
      expect(found?.label).toMatch(/^a2026 root signed in'; DROP TABLE x; --/)
      expect(found?.label.length).toBeLessThanOrEqual(100)
      expect(`${found?.label}${JSON.stringify(found?.details)}`).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
    },
  )
})
