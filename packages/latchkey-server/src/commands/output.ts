// What commands share: how they end, what they print, and how they open and close the deployment.

import { readConfig } from '../config.ts'
import { openDeployment, type Deployment } from '../deployment.ts'

export interface Exit {
  readonly code: number
  readonly says: string
}

/** How a command may end. */
export const exitCodes: Readonly<Record<'done' | 'failed' | 'usage' | 'notFound' | 'unavailable', Exit>> = {
  done: { code: 0, says: 'done' },
  failed: { code: 1, says: 'it could not be done; the message says why' },
  usage: { code: 2, says: 'wrong usage or settings; nothing was done' },
  notFound: { code: 3, says: 'there is no such user, session or client' },
  unavailable: { code: 4, says: 'the database cannot be reached or is busy; try again' },
}

/** Ends a command with a message and an exit code. */
export class Failure extends Error {
  readonly exit: Exit

  constructor(exit: Exit, message: string) {
    super(message)
    this.exit = exit
  }
}

export interface OutputOptions {
  readonly json?: boolean
}

/** Prints a result: for a program with `--json`, for a person otherwise. */
export function print({ json }: OutputOptions, value: unknown, forPeople: string): void {
  process.stdout.write(json === true ? `${JSON.stringify(value)}\n` : `${forPeople}\n`)
}

/** A table for people, its columns as wide as they must be. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [head, ...rows].map(line).join('\n')
}

/** An instant for people. */
export const instant = (ms: number | null): string =>
  ms === null ? '' : new Date(ms).toISOString().slice(0, 16).replace('T', ' ')

/** Opens the deployment of the environment, does the work, and closes it whatever happens. */
export async function withDeployment<Result>(work: (deployment: Deployment) => Promise<Result>): Promise<Result> {
  const deployment = await openDeployment(
    readConfig(process.env),
    {
      onListenerError: (error) => void process.stderr.write(`a listener failed: ${String(error)}\n`),
      // The statement under way says so, and how the command ends.
      onBroken: () => undefined,
      // Likewise: the trail is written before the command ends, and what it says then is the command's failure.
      onAuditTrouble: () => undefined,
    },
    'cli',
  )
  const result = await work(deployment).catch(async (error: unknown) => {
    // What cannot be closed either is not worth more than why the work failed.
    await deployment.close().catch(() => undefined)
    throw error
  })
  await deployment.close()
  return result
}
