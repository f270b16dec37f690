// The server's users: the rules about them, whatever keeps their rows (sqlite-users.ts, postgres-users.ts). Names are
// compared without regard to case; passwords are kept as argon2id hashes only. Rows that cannot be read say nothing about
// anybody: that is an outage, not a wrong password (I3).

import { randomUUID } from 'node:crypto'
import { LatchkeyError } from 'latchkey'

export interface User {
  readonly id: string
  readonly name: string
  readonly admin: boolean
  /** What his sessions may do, between spaces, as in RFC 6749; empty for nothing in particular. */
  readonly scope: string
  /** Epoch milliseconds; null while the user may sign in. */
  readonly disabledAt: number | null
  readonly createdAt: number
}

export interface StoredUser extends User {
  /** The name as it is compared. */
  readonly key: string
  readonly passwordHash: string
}

export interface UserCount {
  readonly all: number
  readonly disabled: number
}

/** Where the rows are. Each verb is one statement; whatever it rejects with is an outage. */
export interface UserRows {
  /** False where the key is taken. */
  insert(user: StoredUser): Promise<boolean>
  findByKey(key: string): Promise<StoredUser | null>
  findById(id: string): Promise<StoredUser | null>
  /** At most `limit` users by ascending key, those after `key`. */
  listAfter(key: string, limit: number): Promise<readonly StoredUser[]>
  setDisabled(id: string, disabledAt: number | null): Promise<void>
  setPasswordHash(id: string, passwordHash: string): Promise<void>
  setScope(id: string, scope: string): Promise<void>
  remove(id: string): Promise<void>
  close(): Promise<void>
}

const namePattern = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u
/** RFC 6749 appendix A.4. */
const scopePattern = /^(?=.{1,1024}$)[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*$/
/** So many users are read at a time. */
const pageLength = 500

/** What is wrong with a user's name or is already taken, in words for the operator. */
export class UserError extends Error {
  override readonly name = 'UserError'
}

export class UserDirectory {
  readonly #rows: UserRows

  constructor(rows: UserRows) {
    this.#rows = rows
  }

  /** Adds a user. Throws UserError where the name is taken or cannot be a name, or `store_unavailable`. */
  async add(name: string, passwordHash: string, admin: boolean, now: number): Promise<User> {
    const tidy = name.normalize('NFC')
    if (!namePattern.test(tidy)) {
      throw new UserError('a name has 1 to 64 letters, digits and . _ @ + -, and begins with a letter or digit')
    }
    const user: User = { id: randomUUID(), name: tidy, admin, scope: '', disabledAt: null, createdAt: now }
    const added = await reached(this.#rows.insert({ ...user, key: keyOf(tidy), passwordHash }))
    if (!added) throw new UserError(`there is a user ${tidy} already`)
    return user
  }

  /** Throws `store_unavailable`. */
  byName(name: string): Promise<StoredUser | null> {
    return reached(this.#rows.findByKey(keyOf(name)))
  }

  /** Throws `store_unavailable`. */
  byId(id: string): Promise<StoredUser | null> {
    return reached(this.#rows.findById(id))
  }

  /** All users by name, a page at a time, however many there are. Throws `store_unavailable`. */
  async *pages(): AsyncGenerator<readonly User[]> {
    let after = ''
    for (;;) {
      const page = await reached(this.#rows.listAfter(after, pageLength))
      if (page.length > 0) yield page
      if (page.length < pageLength) return
      after = page.at(-1)?.key ?? ''
    }
  }

  /** Throws `store_unavailable`. */
  async isEmpty(): Promise<boolean> {
    return (await reached(this.#rows.listAfter('', 1))).length === 0
  }

  /** Throws `store_unavailable`. */
  setDisabled(id: string, disabledAt: number | null): Promise<void> {
    return reached(this.#rows.setDisabled(id, disabledAt))
  }

  /** Throws `store_unavailable`. */
  setPasswordHash(id: string, passwordHash: string): Promise<void> {
    return reached(this.#rows.setPasswordHash(id, passwordHash))
  }

  /** Throws UserError where it cannot be a scope, or `store_unavailable`. */
  async setScope(id: string, scope: string): Promise<void> {
    if (scope !== '' && !scopePattern.test(scope)) {
      throw new UserError(
        'a scope has at most 1024 visible ASCII characters, without " and \\, with single spaces between',
      )
    }
    return reached(this.#rows.setScope(id, scope))
  }

  /** Throws `store_unavailable`. */
  remove(id: string): Promise<void> {
    return reached(this.#rows.remove(id))
  }

  close(): Promise<void> {
    return this.#rows.close()
  }
}

/** Every user, by name. Throws `store_unavailable`. */
export async function allOf(directory: UserDirectory): Promise<User[]> {
  const users: User[] = []
  for await (const page of directory.pages()) users.push(...page)
  return users
}

const keyOf = (name: string): string => name.normalize('NFKC').toLowerCase()

async function reached<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer
  } catch (cause) {
    throw new LatchkeyError('store_unavailable', { cause })
  }
}
