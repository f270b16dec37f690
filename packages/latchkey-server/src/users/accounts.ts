// What can be done with users, each with what it means for their sessions: who is disabled, deleted or gets a new password
// is signed out everywhere, in that order, so that no sign-in under way slips through. Each is in the audit trail before
// it is acknowledged.

import { randomInt } from 'node:crypto'
import type { Latchkey } from 'latchkey'
import type { SignInUser } from 'latchkey/express'
import type { AuditDetails, AuditEvent } from '../audit/record.ts'
import type { AuditTrail } from '../audit/trail.ts'
import { UserError, type User, type UserDirectory } from './directory.ts'
import type { Passwords } from './passwords.ts'

const minPasswordCharacters = 8
const maxPasswordCharacters = 1024

export class Accounts {
  readonly #directory: UserDirectory
  readonly #passwords: Passwords
  readonly #latchkey: Latchkey
  readonly #audit: Pick<AuditTrail, 'write'>

  constructor(directory: UserDirectory, passwords: Passwords, latchkey: Latchkey, audit: Pick<AuditTrail, 'write'>) {
    this.#directory = directory
    this.#passwords = passwords
    this.#latchkey = latchkey
    this.#audit = audit
  }

  /** Who these credentials belong to; null for a wrong password, and after the same work for unknown and disabled users. */
  async authenticate(name: string, password: string): Promise<SignInUser | null> {
    const user = await this.#directory.byName(name)
    const right = await this.#passwords.matches(password, user?.passwordHash ?? null)
    if (user === null || !right || user.disabledAt !== null) return null
    const scope = user.scope === '' ? {} : { scope: user.scope }
    return { id: user.id, profile: { name: user.name, admin: user.admin }, ...scope }
  }

  /** Adds a user. Throws UserError. */
  async add(name: string, password: string, admin: boolean): Promise<User> {
    checkPassword(password)
    const user = await this.#directory.add(name, await this.#passwords.hash(password), admin, this.#latchkey.now())
    await this.#told('user_added', user.id, { admin })
    return user
  }

  /** Sets a password and signs the user out everywhere; the number of sessions ended. Throws UserError. */
  async setPassword(name: string, password: string): Promise<number> {
    checkPassword(password)
    const { id } = await this.#named(name)
    await this.#directory.setPasswordHash(id, await this.#passwords.hash(password))
    return this.#endAll(id, 'password_set')
  }

  /** Keeps a user from signing in, and ends his sessions; the number ended. Throws UserError. */
  async disable(name: string): Promise<number> {
    const { id } = await this.#named(name)
    await this.#directory.setDisabled(id, this.#latchkey.now())
    return this.#endAll(id, 'user_disabled')
  }

  /** Sets what a user's sessions may do, and ends those that may do something else; the number ended. Throws UserError. */
  async setScope(name: string, scope: string): Promise<number> {
    const { id } = await this.#named(name)
    await this.#directory.setScope(id, scope)
    return this.#endAll(id, 'scope_set')
  }

  /** Deletes a user and ends his sessions; his id, and the number ended. Throws UserError. */
  async remove(name: string): Promise<{ readonly id: string; readonly sessionsEnded: number }> {
    const { id } = await this.#named(name)
    // Disabled first: a sign-in under way must find nobody to sign in, whichever of the two comes first.
    await this.#directory.setDisabled(id, this.#latchkey.now())
    const sessionsEnded = await this.#latchkey.revokeAll(id, 'revoked')
    await this.#directory.remove(id)
    await this.#told('user_removed', id, { sessionsEnded })
    return { id, sessionsEnded }
  }

  /** Lets a user sign in again. Throws UserError. */
  async enable(name: string): Promise<void> {
    const { id } = await this.#named(name)
    await this.#directory.setDisabled(id, null)
    await this.#told('user_enabled', id, {})
  }

  async #endAll(id: string, event: 'password_set' | 'scope_set' | 'user_disabled'): Promise<number> {
    const sessionsEnded = await this.#latchkey.revokeAll(id, 'revoked')
    await this.#told(event, id, { sessionsEnded })
    return sessionsEnded
  }

  async #told(event: AuditEvent, subject: string, details: AuditDetails): Promise<void> {
    await this.#audit.write({ at: this.#latchkey.now(), event, subject, details })
  }

  async #named(name: string): Promise<User> {
    const user = await this.#directory.byName(name)
    if (user === null) throw new UserError(`there is no user ${name}`)
    return user
  }
}

function checkPassword(password: string): void {
  if (password.length < minPasswordCharacters || password.length > maxPasswordCharacters || password.includes('\0')) {
    throw new UserError(`a password has ${minPasswordCharacters} to ${maxPasswordCharacters} characters`)
  }
}

// Without letters that look alike; 20 of 31 are 99 bits.
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'

/** A password to show once: four groups of five. */
export function randomPassword(): string {
  const group = (): string => Array.from({ length: 5 }, () => alphabet.charAt(randomInt(alphabet.length))).join('')
  return [group(), group(), group(), group()].join('-')
}
