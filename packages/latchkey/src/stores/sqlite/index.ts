// Sessions in an SQLite file, by node:sqlite: nothing to install, durable before it answers, and safe for several
// processes on one file. Writes go through the group commit; reads are immediate.

import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { MisuseError } from '../../core/errors.ts'
import type { Session } from '../../core/session.ts'
import type {
  Bound,
  Ending,
  EndingAll,
  Identity,
  Insertion,
  ListQuery,
  Mark,
  Marked,
  Revocation,
  SealedKeys,
  Step,
  Store,
  Swept,
  SweepQuery,
  Watcher,
} from '../../core/store.ts'
import { createFileCheck, memoryPath, openDatabase } from './database.ts'
import { GroupCommit } from './group-commit.ts'
import { migrate } from './migrate.ts'
import { identityIn, markedOf, parametersOf, publicIdBytes, publicIdOf, sessionOf, sidBytes, type Row } from './rows.ts'
import { ledger, migrations } from './schema.ts'
import { prepareStatements, type Statements } from './statements.ts'

/** How soon a change by another process is seen. */
const watchMs = 25

class SqliteStore implements Store {
  readonly #database: DatabaseSync
  readonly #sql: Statements
  readonly #commits: GroupCommit
  readonly #checkFile: () => void
  readonly #watches = new Set<NodeJS.Timeout>()
  #closed = false

  constructor(path: string) {
    this.#database = openDatabase(path, (database) => migrate(database, ledger, migrations))
    this.#sql = prepareStatements(this.#database)
    this.#checkFile = createFileCheck(path)
    this.#commits = new GroupCommit(this.#database, this.#checkFile)
  }

  identify({ environment, keys }: Identity): Promise<Identity> {
    return this.#commits.writeAll(() => {
      this.#sql.keepEnvironment.run({ environment })
      for (const [kid, fingerprint] of keys) this.#sql.keepKey.run({ kid, fingerprint })
      return identityIn(this.#database)
    })
  }

  insert(session: Session, bound: Bound, signal?: AbortSignal): Promise<Insertion> {
    return this.#commits.writeAll(() => this.#insert(session, bound), signal)
  }

  async find(sid: string, signal?: AbortSignal): Promise<Session | null> {
    return this.#one(this.#sql.find.get({ sid: sidBytes(sid) }), signal)
  }

  async findPublic(subject: string, publicId: string, signal?: AbortSignal): Promise<Session | null> {
    return this.#one(this.#sql.findPublic.get({ subject, publicId: publicIdBytes(publicId) }), signal)
  }

  advance(step: Step, signal?: AbortSignal): Promise<Session | null> {
    const { from, to, at, idleExpiresAt: idle, client, thumbprint } = step
    const parameters = { sid: sidBytes(step.sid), from, to, at, idle, client, thumbprint }
    return this.#commits.write(() => this.#one(this.#sql.advance.get(parameters)), signal)
  }

  async list({ subject, liveAt, after, limit }: ListQuery, signal?: AbortSignal): Promise<readonly Session[]> {
    signal?.throwIfAborted()
    const query = { subject, liveAt: liveAt ?? null, limit, after: sidBytes(after) }
    return this.#sql.list.all(query).map(sessionOf)
  }

  revoke(sid: string, { at, reason }: Ending, signal?: AbortSignal): Promise<Session | null> {
    return this.#commits.write(() => this.#revoke(sidBytes(sid), at, reason), signal)
  }

  revokeAll(subject: string, { at, reason, exceptSid }: EndingAll, signal?: AbortSignal): Promise<readonly Session[]> {
    return this.#commits.writeAll(() => {
      if (exceptSid === undefined) this.#sql.setNotBefore.run({ subject, at })
      return this.#sql.revokeAll.all({ subject, at, reason, except: sidBytes(exceptSid) }).map(sessionOf)
    }, signal)
  }

  async sweep({ before, limit, after }: SweepQuery, signal?: AbortSignal): Promise<Swept> {
    signal?.throwIfAborted()
    const from = sidBytes(after)
    const { last, seen, dead } = this.#sql.survey.get({ after: from, before, limit }) as Row
    const ended = Number(seen) < limit
    // Only a piece with something dead in it takes the lock.
    let removed = 0
    if (Number(dead) > 0) {
      const piece = { after: from, last: last as Uint8Array, before }
      removed = Number((await this.#commits.write(() => this.#sql.deleteDead.run(piece), signal)).changes)
    }
    if (ended) await this.#commits.write(() => this.#sql.deleteNotBefore.run({ before }), signal)
    return { removed, next: ended ? null : Buffer.from(last as Uint8Array).toString('hex') }
  }

  async revokedSince(at: number, limit: number, signal?: AbortSignal): Promise<readonly Revocation[]> {
    signal?.throwIfAborted()
    const rows = this.#sql.revokedSince.all({ at, limit })
    return rows.map((row) => ({ publicId: publicIdOf(row['public_id']), revokedAt: Number(row['revoked_at']) }))
  }

  watch({ changed }: Watcher): () => void {
    let seen = this.#dataVersion()
    const timer = setInterval(() => {
      const version = this.#dataVersion()
      if (version === seen) return
      seen = version
      changed()
    }, watchMs)
    timer.unref()
    this.#watches.add(timer)
    return () => {
      clearInterval(timer)
      this.#watches.delete(timer)
    }
  }

  async readKeys(signal?: AbortSignal): Promise<SealedKeys | null> {
    signal?.throwIfAborted()
    const row = this.#sql.readKeys.get()
    return row === undefined ? null : { version: Number(row['version']), text: String(row['text']) }
  }

  async writeKeys(text: string, replacing: number, signal?: AbortSignal): Promise<boolean> {
    const written = await this.#commits.write(() => this.#sql.writeKeys.run({ text, replacing }), signal)
    return written.changes === 1
  }

  async mark({ key, add, at, expiresAt, replace }: Mark, signal?: AbortSignal): Promise<Marked> {
    if (add === 0 && !replace) {
      signal?.throwIfAborted()
      return markedOf(this.#sql.readMark.get({ key, at }), expiresAt)
    }
    const change = { key, add, at, expiresAt, replace: Number(replace) }
    return this.#commits.write(() => {
      const marked = markedOf(this.#sql.mark.get(change), expiresAt)
      this.#sql.dropMarks.run({ at })
      return marked
    }, signal)
  }

  async unmark(key: string, signal?: AbortSignal): Promise<void> {
    await this.#commits.write(() => this.#sql.unmark.run({ key }), signal)
  }

  async ping(signal?: AbortSignal): Promise<null> {
    signal?.throwIfAborted()
    this.#checkFile()
    this.#sql.ping.get()
    return null
  }

  async close(): Promise<void> {
    for (const timer of this.#watches) clearInterval(timer)
    await this.#commits.drained()
    if (this.#closed) return
    this.#closed = true
    this.#database.close()
  }

  #insert(session: Session, { max, evict }: Bound): Insertion {
    const { subject, createdAt: at, authTime } = session
    const notBefore = this.#sql.notBefore.get({ subject })?.['not_before']
    if (typeof notBefore === 'number' && authTime <= notBefore) return { inserted: false, because: 'revoked' }
    const live = this.#sql.liveOf.all({ subject, at })
    const excess = live.slice(0, Math.max(0, live.length + 1 - max))
    if (excess.length > 0 && !evict) return { inserted: false, because: 'full' }
    const evicted = excess.map((row) => this.#revoke(row['sid'] as Uint8Array, at, 'evicted'))
    this.#sql.insert.run(parametersOf(session))
    return { inserted: true, evicted: evicted.filter((row) => row !== null) }
  }

  #revoke(sid: Uint8Array, at: number, reason: string): Session | null {
    return this.#one(this.#sql.revoke.get({ sid, at, reason }))
  }

  #one(row: Row | undefined, signal?: AbortSignal): Session | null {
    signal?.throwIfAborted()
    return row === undefined ? null : sessionOf(row)
  }

  // Called by a timer, where an error would end the process; that the database cannot be read is for ping() to say.
  #dataVersion(): unknown {
    try {
      return this.#sql.dataVersion.get()?.['data_version']
    } catch {
      return undefined
    }
  }
}

/** Opens or makes the database file at `path` (`:memory:` for none). Throws `store_newer`, or what SQLite says. */
export function sqliteStore(path: string): Store {
  if (typeof path !== 'string' || path === '') throw new MisuseError('option_invalid', 'sqliteStore takes a path')
  // Whoever changes the working folder later must not change which file this is.
  return new SqliteStore(path === memoryPath ? path : resolve(path))
}

export { openDatabase } from './database.ts'
export { inspectDatabase } from './inspect.ts'
export type { DatabaseReport } from './inspect.ts'
export { migrate } from './migrate.ts'
export type { Migration } from './migrate.ts'
