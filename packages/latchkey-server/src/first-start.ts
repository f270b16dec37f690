// The first start: an administrator is made, and the screen says what to do next. The password is shown this once and
// kept nowhere.

import type { Deployment } from './deployment.ts'
import { randomPassword } from './users/accounts.ts'
import { UserError } from './users/directory.ts'

export interface FirstAdministrator {
  readonly name: string
  readonly password: string
}

const name = 'admin'

/** Makes the administrator where there is no user yet; null where there is one. */
export async function firstAdministrator({ directory, accounts }: Deployment): Promise<FirstAdministrator | null> {
  if (!(await directory.isEmpty())) return null
  const password = randomPassword()
  try {
    await accounts.add(name, password, true)
    return { name, password }
  } catch (error) {
    // Another process was started at the same moment and was first.
    if (error instanceof UserError) return null
    throw error
  }
}

/** What a person at the screen reads when the server is up. */
export function greeting(url: string, administrator: FirstAdministrator | null, place: string): string {
  const lines = ['', `  Latchkey is running at ${url}`, `  Its data is in ${place}`, '']
  if (administrator !== null) {
    lines.push(
      '  First start: an administrator was made. The password is shown this once.',
      '',
      `      user name   ${administrator.name}`,
      `      password    ${administrator.password}`,
      '',
      `  Open ${url} in a browser, sign in and watch it work.`,
      '  More users:     npx latchkey-server users add NAME',
      '  New password:   npx latchkey-server users passwd NAME',
      '  Something odd:  npx latchkey-server doctor',
      '',
    )
  }
  return `${lines.join('\n')}\n`
}
