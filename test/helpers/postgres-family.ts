// The processes of a server: PostgreSQL is many, each in a group of its own, so that a signal must be sent to each.

import { execFileSync } from 'node:child_process'

interface ProcessRow {
  readonly pid: number
  readonly ppid: number
  readonly state: string
}

function processes(): ProcessRow[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
  return table.split('\n').flatMap((line) => {
    const [pid, ppid, state = ''] = line.trim().split(/\s+/)
    return pid === undefined || pid === '' ? [] : [{ pid: Number(pid), ppid: Number(ppid), state }]
  })
}

/** The processes that it has started. */
export const childrenOf = (parent: number): number[] =>
  processes()
    .filter(({ ppid }) => ppid === parent)
    .map(({ pid }) => pid)

/** Whether it is there. Where nobody collects the dead, they stay in the table. */
export const isAlive = (pid: number): boolean =>
  processes().some((row) => row.pid === pid && !row.state.startsWith('Z'))

/** Sends a signal to those that are still there. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended meanwhile.
    }
  }
}
