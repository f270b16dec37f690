// latchkey-server clients add | list | remove

import type { Command } from 'commander'
import { createClientSecret } from 'latchkey/express'
import type { StoredClient } from '../clients/directory.ts'
import { clientMemoryMs } from '../clients/finder.ts'
import { exitCodes, Failure, instant, print, table, withDeployment, type OutputOptions } from './output.ts'

interface AddOptions extends OutputOptions {
  readonly public?: boolean
  readonly confidential?: boolean
  readonly scope?: string
  readonly signIn?: boolean
  readonly refresh?: boolean
  readonly dpopBound?: boolean
  readonly introspect?: boolean
}

const json = ['--json', 'print JSON'] as const
const seconds = clientMemoryMs / 1000

export function addClients(program: Command): void {
  const clients = program.command('clients').description('add, list and remove OAuth clients')
  clients
    .command('add')
    .argument('<id>')
    .description(`add a client; running servers know it within ${seconds} seconds`)
    .option('--confidential', 'it has a secret, which is made and shown once; so it is where nothing is said')
    .option('--public', 'it has no secret')
    .option(
      '--scope <scopes>',
      'what its sessions may have of a user’s scope, between spaces; nothing where nothing is said',
    )
    .option('--sign-in', 'users may sign in by it')
    .option('--refresh', 'it is given refresh tokens')
    .option('--dpop-bound', 'all its sessions must be bound by DPoP')
    .option('--introspect', 'it may introspect access tokens')
    .option(...json)
    .action(add)
  clients
    .command('list')
    .description('list all clients')
    .option(...json)
    .action(list)
  clients
    .command('remove')
    .argument('<id>')
    .description(`remove a client: it and its sessions are refused within ${seconds} seconds`)
    .option(...json)
    .action(remove)
}

async function add(id: string, options: AddOptions): Promise<void> {
  if (options.public === true && options.confidential === true) {
    throw new Failure(exitCodes.usage, 'choose --public or --confidential, and not both')
  }
  const made = options.public === true ? null : createClientSecret()
  const client = await withDeployment(async ({ clients, audit, latchkey }) => {
    const at = latchkey.now()
    const added = clientOf(id, options, made?.secretHash ?? null, at)
    await clients.add(added)
    const { secretHash, scopes, signIn, refresh, dpopBound, introspect } = added
    const details = { public: secretHash === null, scopes, signIn, refresh, dpopBound, introspect }
    await audit.write({ at, event: 'client_added', client: id, details })
    return added
  })
  const shown = made === null ? {} : { secret: made.secret }
  const once = made === null ? '' : `\nThe secret, shown this once: ${made.secret}`
  print(options, { ...viewOf(client), ...shown }, `Added ${id}.${once}`)
}

const clientOf = (id: string, options: AddOptions, secretHash: string | null, createdAt: number): StoredClient => ({
  id,
  secretHash,
  scopes: [...new Set((options.scope ?? '').split(' ').filter(Boolean))],
  signIn: options.signIn === true,
  refresh: options.refresh === true,
  dpopBound: options.dpopBound === true,
  introspect: options.introspect === true,
  createdAt,
})

async function list(options: OutputOptions): Promise<void> {
  const clients = await withDeployment((deployment) => deployment.clients.list())
  const rows = clients.map((client) => [
    client.id,
    client.secretHash === null ? 'public' : 'confidential',
    rightsOf(client),
    client.scopes.join(' '),
    instant(client.createdAt),
  ])
  print(options, clients.map(viewOf), table(['ID', 'KIND', 'MAY', 'SCOPE', 'CREATED (UTC)'], rows))
}

async function remove(id: string, options: OutputOptions): Promise<void> {
  await withDeployment(async ({ clients, audit, latchkey }) => {
    if (!(await clients.remove(id))) throw new Failure(exitCodes.notFound, 'there is no such client')
    await audit.write({ at: latchkey.now(), event: 'client_removed', client: id })
  })
  const says = `Removed ${id}. It and its sessions are refused within ${seconds} seconds; access tokens that it holds already work until they expire.`
  print(options, { id, removed: true }, says)
}

const rightsOf = ({ signIn, refresh, dpopBound, introspect }: StoredClient): string =>
  [
    ...(signIn ? ['sign-in'] : []),
    ...(refresh ? ['refresh'] : []),
    ...(dpopBound ? ['dpop-bound'] : []),
    ...(introspect ? ['introspect'] : []),
  ].join(' ')

// Without the hash: it is nobody's business, and whoever has it can try secrets against it.
const viewOf = ({ secretHash, createdAt, ...client }: StoredClient): object => ({
  ...client,
  public: secretHash === null,
  createdAt: new Date(createdAt).toISOString(),
})
