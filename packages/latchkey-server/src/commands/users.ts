// latchkey-server users add | list | disable | enable | passwd | scope | remove

import type { Command } from 'commander'
import { personOf } from '../audit/person.ts'
import { randomPassword } from '../users/accounts.ts'
import { allOf, type User } from '../users/directory.ts'
import { exitCodes, Failure, instant, print, table, withDeployment, type OutputOptions } from './output.ts'

interface PasswordOptions extends OutputOptions {
  readonly passwordStdin?: boolean
}

interface AddOptions extends PasswordOptions {
  readonly admin?: boolean
}

interface RemoveOptions extends OutputOptions {
  readonly erase?: boolean
}

const passwordStdin = [
  '--password-stdin',
  'read the password from standard input; otherwise one is made and shown once',
] as const
const json = ['--json', 'print JSON'] as const

export function addUsers(program: Command): void {
  const users = program.command('users').description('add, list, disable and enable users, and set their passwords')
  users
    .command('add')
    .argument('<name>')
    .description('add a user')
    .option(...passwordStdin)
    .option('--admin', 'make the user an administrator')
    .option(...json)
    .action(add)
  users
    .command('list')
    .description('list all users')
    .option(...json)
    .action(list)
  users
    .command('disable')
    .argument('<name>')
    .description('keep a user from signing in, and end his sessions at once')
    .option(...json)
    .action(disable)
  users
    .command('enable')
    .argument('<name>')
    .description('let a user sign in again')
    .option(...json)
    .action(enable)
  users
    .command('passwd')
    .argument('<name>')
    .description('set a new password, and end the sessions begun with the old one')
    .option(...passwordStdin)
    .option(...json)
    .action(passwd)
  users
    .command('scope')
    .argument('<name>')
    .argument('[scope]', 'what his sessions may do, between spaces and in quotes; nothing where nothing is said')
    .description('set what a user may do, of which clients get a part; ends his sessions')
    .option(...json)
    .action(setScope)
  users
    .command('remove')
    .argument('<name>')
    .description('delete a user, and end his sessions at once; cannot be undone')
    .option('--erase', 'take him out of the audit trail too, as `audit erase` does')
    .option(...json)
    .action(remove)
}

async function add(name: string, options: AddOptions): Promise<void> {
  const given = await passwordFrom(options)
  const password = given ?? randomPassword()
  const user = await withDeployment(({ accounts }) => accounts.add(name, password, options.admin === true))
  const shown = given === null ? { password } : {}
  print(options, { ...viewOf(user), ...shown }, `Added ${user.name}.${once(given, password)}`)
}

async function list(options: OutputOptions): Promise<void> {
  const users = await withDeployment(({ directory }) => allOf(directory))
  const rows = users.map((user) => [
    user.name,
    user.admin ? 'admin' : '',
    stateOf(user),
    instant(user.createdAt),
    user.id,
    user.scope,
  ])
  print(options, users.map(viewOf), table(['NAME', 'ROLE', 'STATE', 'CREATED (UTC)', 'ID', 'SCOPE'], rows))
}

async function disable(name: string, options: OutputOptions): Promise<void> {
  const ended = await withDeployment(async ({ accounts, directory }) => {
    refuseUnknown(await directory.byName(name), name)
    return accounts.disable(name)
  })
  print(options, { name, disabled: true, sessionsEnded: ended }, `${name} is disabled; sessions ended: ${ended}.`)
}

async function enable(name: string, options: OutputOptions): Promise<void> {
  await withDeployment(async ({ accounts, directory }) => {
    refuseUnknown(await directory.byName(name), name)
    await accounts.enable(name)
  })
  print(options, { name, disabled: false }, `${name} may sign in again.`)
}

async function passwd(name: string, options: PasswordOptions): Promise<void> {
  const given = await passwordFrom(options)
  const password = given ?? randomPassword()
  const ended = await withDeployment(async ({ accounts, directory }) => {
    refuseUnknown(await directory.byName(name), name)
    return accounts.setPassword(name, password)
  })
  const shown = given === null ? { password } : {}
  const told = `${name} has a new password; sessions ended: ${ended}.${once(given, password)}`
  print(options, { name, sessionsEnded: ended, ...shown }, told)
}

async function setScope(name: string, scope = '', options: OutputOptions = {}): Promise<void> {
  const ended = await withDeployment(async ({ accounts, directory }) => {
    refuseUnknown(await directory.byName(name), name)
    return accounts.setScope(name, scope)
  })
  const says = scope === '' ? `${name} has no scope` : `${name} has the scope ${scope}`
  print(options, { name, scope, sessionsEnded: ended }, `${says}; sessions ended: ${ended}.`)
}

async function remove(name: string, options: RemoveOptions): Promise<void> {
  const shown = await withDeployment(async ({ accounts, directory, audit, latchkey }) => {
    const user = await directory.byName(name)
    if (user === null) throw noSuchUser(name)
    // Asked before: of a session that has ended, nobody knows any more whose it was.
    const person = await personOf(latchkey, user)
    const { sessionsEnded } = await accounts.remove(name)
    const rowsErased = options.erase === true ? await audit.erase(person, latchkey.now()) : 0
    return { id: user.id, name: user.name, sessionsEnded, rowsErased }
  })
  const { sessionsEnded, rowsErased } = shown
  print(options, shown, `${name} is deleted; sessions ended: ${sessionsEnded}, audit rows erased: ${rowsErased}.`)
}

const noSuchUser = (name: string): Failure => new Failure(exitCodes.notFound, `there is no user ${name}`)

function refuseUnknown(user: User | null, name: string): void {
  if (user === null) throw noSuchUser(name)
}

const once = (given: string | null, password: string): string =>
  given === null ? `\nThe password, shown this once: ${password}` : ''

const stateOf = ({ disabledAt }: User): string => (disabledAt === null ? 'active' : `disabled ${instant(disabledAt)}`)

const viewOf = ({ id, name, admin, scope, disabledAt, createdAt }: User): object => ({
  id,
  name,
  admin,
  ...(scope === '' ? {} : { scope }),
  disabledAt: disabledAt === null ? null : new Date(disabledAt).toISOString(),
  createdAt: new Date(createdAt).toISOString(),
})

// One line from standard input; null where nothing is to be read. A password never comes as an argument, where other
// processes and the shell's history could see it.
async function passwordFrom({ passwordStdin: wanted }: PasswordOptions): Promise<string | null> {
  if (wanted !== true) return null
  process.stdin.setEncoding('utf8')
  let text = ''
  for await (const chunk of process.stdin) {
    text += String(chunk)
    if (text.length > 4096) throw new Failure(exitCodes.usage, 'that is too long for a password')
  }
  return text.replace(/\r?\n$/, '')
}
