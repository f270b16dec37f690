// Who asks for a user that does not exist must cost what a wrong password costs. How long it takes is measured in
// bench/timing; here it is the work that is compared.

import type { Latchkey } from 'latchkey'
import { expect, test } from 'vitest'
import { Accounts } from '../../packages/latchkey-server/src/users/accounts.ts'
import type { StoredUser, UserDirectory } from '../../packages/latchkey-server/src/users/directory.ts'
import { Passwords } from '../../packages/latchkey-server/src/users/passwords.ts'

const users: Readonly<Record<string, Partial<StoredUser>>> = {
  known: { id: '1', passwordHash: 'kept', disabledAt: null, scope: '' },
  disabled: { id: '2', passwordHash: 'kept', disabledAt: 1, scope: '' },
}

test('checks one password of every sign-in: of a known user, a disabled one and one who does not exist (attack 39)', async () => {
  const checked: (string | null)[] = []
  const directory = { byName: async (name: string) => users[name] ?? null } as unknown as UserDirectory
  const passwords = new Passwords(1)
  passwords.matches = async (_password, hash) => {
    checked.push(hash)
    return hash !== null
  }
  const accounts = new Accounts(directory, passwords, {} as Latchkey, { write: async () => undefined })
  expect(await accounts.authenticate('known', 'right')).toMatchObject({ id: '1' })
  expect(await accounts.authenticate('disabled', 'right')).toBeNull()
  expect(await accounts.authenticate('nobody', 'right')).toBeNull()
  expect(checked).toEqual(['kept', 'kept', null])
})

test('hashes for a user who does not exist against a hash like any other (attack 39)', async () => {
  const passwords = new Passwords(2)
  const decoy = await passwords.prepare()
  expect(decoy).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(await passwords.prepare()).toBe(decoy)
  expect(await passwords.matches('a password that nobody has', null)).toBe(false)
  await passwords.close()
})
