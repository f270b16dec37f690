// latchkey-server audit list | export | erase

import { once } from 'node:events'
import type { Command } from 'commander'
import { personOf, subjectOf } from '../audit/person.ts'
import { auditEvents, type AuditEvent, type AuditRecord } from '../audit/record.ts'
import { firstIdAt } from '../audit/row-id.ts'
import { idBounds, type AuditQuery, type Person } from '../audit/rows.ts'
import type { Deployment } from '../deployment.ts'
import { instantOf } from './instant.ts'
import { exitCodes, Failure, print, table, withDeployment, type OutputOptions } from './output.ts'

interface WhoOptions extends OutputOptions {
  readonly user?: string
  readonly subject?: string
}

interface FilterOptions extends WhoOptions {
  readonly event?: string
  readonly since?: string
  readonly until?: string
  readonly limit?: string
}

/** So many rows are shown where nobody says otherwise, and at most. */
const shownRows = 50
const maxShownRows = 1000
/** So many rows are read at a time. */
const pageLength = 500

export function addAudit(program: Command): void {
  const audit = program.command('audit').description('look into the audit trail, export it, and take a user out of it')
  filtered(audit.command('list').description('show rows, the newest first'))
    .option('--limit <n>', `at most so many, up to ${maxShownRows}`, String(shownRows))
    .option('--json', 'print JSON')
    .action(list)
  filtered(audit.command('export').description('print all rows as JSON lines, the oldest first')).action(exportRows)
  const erasing = audit
    .command('erase')
    .description('take a user out of the trail: what happened stays, who it was does not; cannot be undone')
  who(erasing).option('--json', 'print JSON').action(erase)
}

const who = (command: Command): Command =>
  command.option('--user <name>', 'of this user').option('--subject <id>', 'of the user with this id, who may be gone')

const filtered = (command: Command): Command =>
  who(command)
    .option('--event <name>', 'this event only')
    .option('--since <time>', 'not before, as ISO 8601 with a time zone: 2026-01-31T03:00:00Z')
    .option('--until <time>', 'before, likewise')

async function list(options: FilterOptions): Promise<void> {
  const limit = limitOf(options)
  const filter = filterOf(options)
  const found = await withDeployment(async (deployment) => {
    const person = await whoOf(deployment, options)
    return deployment.auditRows.list({ ...filter, person, limit, newestFirst: true })
  })
  const head = ['TIME (UTC)', 'EVENT', 'SUBJECT', 'SESSION', 'BY', 'CLIENT', 'FROM', 'PLACE', 'DETAILS']
  print(options, found.map(viewOf), table(head, found.map(cellsOf)))
}

async function exportRows(options: FilterOptions): Promise<void> {
  const filter = filterOf(options)
  await withDeployment(async (deployment) => {
    const person = await whoOf(deployment, options)
    let { after } = filter
    for (;;) {
      const page = await deployment.auditRows.list({ ...filter, person, after, limit: pageLength, newestFirst: false })
      await write(page.map((record) => `${JSON.stringify(viewOf(record))}\n`).join(''))
      if (page.length < pageLength) return
      after = page.at(-1)?.id ?? after
    }
  })
}

async function erase(options: WhoOptions): Promise<void> {
  const rows = await withDeployment(async (deployment) => {
    const person = await whoOf(deployment, options)
    if (person === undefined) throw new Failure(exitCodes.usage, 'name --user NAME or --subject ID')
    return deployment.audit.erase(person, deployment.latchkey.now())
  })
  print(options, { rowsErased: rows }, `Rows in which nobody can be recognised any more: ${rows}.`)
}

// Whoever reads slowly is waited for, so that a large trail does not fill the memory.
async function write(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
}

async function whoOf(
  { directory, latchkey }: Deployment,
  { user: name, subject }: WhoOptions,
): Promise<Person | undefined> {
  if (name !== undefined && subject !== undefined) throw new Failure(exitCodes.usage, 'name --user or --subject')
  if (subject !== undefined) return subjectOf(latchkey, subject)
  if (name === undefined) return undefined
  const user = await directory.byName(name)
  if (user === null)
    throw new Failure(exitCodes.notFound, `there is no user ${name}; who is gone has his id: --subject`)
  return personOf(latchkey, user)
}

function filterOf({ event, since, until }: FilterOptions): Pick<AuditQuery, 'event' | 'after' | 'before'> {
  if (event !== undefined && !isEvent(event)) {
    throw new Failure(exitCodes.usage, `there is no such event; there are ${Object.keys(auditEvents).join(', ')}`)
  }
  return {
    event,
    after: since === undefined ? idBounds.lowest : firstIdAt(instantOf('--since', since)),
    before: until === undefined ? idBounds.highest : firstIdAt(instantOf('--until', until)),
  }
}

const isEvent = (name: string): name is AuditEvent => Object.hasOwn(auditEvents, name)

function limitOf({ limit = '' }: FilterOptions): number {
  const rows = /^\d{1,4}$/.test(limit) ? Number(limit) : 0
  if (rows >= 1 && rows <= maxShownRows) return rows
  throw new Failure(exitCodes.usage, `--limit must be 1 to ${maxShownRows}; \`audit export\` prints all`)
}

const viewOf = ({ id, at, ...record }: AuditRecord): object => ({ id, at: new Date(at).toISOString(), ...record })

const cellsOf = ({ at, event, subject, session, actor, client, label, place, details }: AuditRecord): string[] => [
  new Date(at).toISOString().slice(0, 19).replace('T', ' '),
  event,
  subject ?? '',
  session ?? '',
  actor ?? '',
  client ?? '',
  label,
  place,
  Object.keys(details).length === 0 ? '' : JSON.stringify(details),
]
