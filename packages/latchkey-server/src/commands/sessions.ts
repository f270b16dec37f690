// latchkey-server sessions list | revoke

import type { Command } from 'commander'
import type { SessionView } from 'latchkey'
import type { Deployment } from '../deployment.ts'
import { allOf, type User } from '../users/directory.ts'
import { endAll } from './end-all.ts'
import { exitCodes, Failure, instant, print, table, withDeployment, type OutputOptions } from './output.ts'

interface UserOptions extends OutputOptions {
  readonly user?: string
}

interface RevokeOptions extends UserOptions {
  readonly all?: boolean
}

interface Listed {
  readonly user: User
  readonly session: SessionView
}

const json = ['--json', 'print JSON'] as const

export function addSessions(program: Command): void {
  const sessions = program.command('sessions').description('list and end sessions')
  sessions
    .command('list')
    .description('list live sessions')
    .option('--user <name>', 'of one user only')
    .option(...json)
    .action(list)
  sessions
    .command('revoke')
    .argument('[id]', 'the id that `sessions list` shows')
    .description('end a session, all sessions of a user, or all, at once')
    .option('--user <name>', 'end all sessions of this user')
    .option('--all', 'end every session of every user')
    .option(...json)
    .action(revoke)
}

async function list(options: UserOptions): Promise<void> {
  const listed = await withDeployment((deployment) => listedOf(deployment, options.user))
  const rows = listed.map(({ user, session }) => [
    session.id,
    user.name,
    session.proof,
    String(session.generation),
    instant(session.createdAt),
    instant(session.lastSeenAt),
    session.device.label,
    session.device.place,
  ])
  const head = ['ID', 'USER', 'PROOF', 'GENERATION', 'CREATED (UTC)', 'LAST SEEN', 'DEVICE', 'PLACE']
  print(options, listed.map(jsonOf), table(head, rows))
}

async function revoke(id: string | undefined, options: RevokeOptions): Promise<void> {
  if ([id, options.user, options.all].filter((each) => each !== undefined).length !== 1) {
    throw new Failure(exitCodes.usage, 'name a session id, or --user NAME, or --all, and one of them only')
  }
  const ended = await withDeployment(async (deployment) => {
    const { latchkey } = deployment
    if (options.all === true) return endAll(deployment)
    if (options.user !== undefined) return latchkey.revokeAll((await userNamed(deployment, options.user)).id, 'revoked')
    const found = (await listedOf(deployment, undefined)).find(({ session }) => session.id === id)
    if (found === undefined) throw new Failure(exitCodes.notFound, `there is no live session ${id}`)
    return Number(await latchkey.revoke(found.user.id, found.session.id))
  })
  print(options, { sessionsEnded: ended }, `Sessions ended: ${ended}.`)
}

async function listedOf(deployment: Deployment, name: string | undefined): Promise<Listed[]> {
  const { latchkey, directory } = deployment
  const users = name === undefined ? await allOf(directory) : [await userNamed(deployment, name)]
  const listed: Listed[] = []
  for (const user of users) {
    for (const session of await latchkey.list(user.id)) listed.push({ user, session })
  }
  return listed
}

async function userNamed({ directory }: Deployment, name: string): Promise<User> {
  const user = await directory.byName(name)
  if (user === null) throw new Failure(exitCodes.notFound, `there is no user ${name}`)
  return user
}

const jsonOf = ({ user, session }: Listed): object => ({
  id: session.id,
  user: user.name,
  proof: session.proof,
  generation: session.generation,
  createdAt: new Date(session.createdAt).toISOString(),
  lastSeenAt: new Date(session.lastSeenAt).toISOString(),
  expiresAt: new Date(session.expiresAt).toISOString(),
  label: session.device.label,
  place: session.device.place,
})
