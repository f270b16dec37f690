// What the doctor says: one sentence for each thing he has looked at, and how bad it is.

import { reasonOf } from '../outage.ts'

export interface Finding {
  readonly check: string
  readonly result: 'ok' | 'warning' | 'failure'
  /** What was found and, where something is wrong, how to mend it. */
  readonly says: string
}

/** Thrown by a look that finds something odd which does not keep the server from working. */
export class Oddity extends Error {
  override readonly name = 'Oddity'
}

/** Looks, and turns whatever is thrown into a finding. */
export async function finding(check: string, look: () => string | Promise<string>): Promise<Finding> {
  try {
    return { check, result: 'ok', says: await look() }
  } catch (error) {
    return { check, result: error instanceof Oddity ? 'warning' : 'failure', says: reasonOf(error) }
  }
}

export const warning = (check: string, says: string): Finding => ({ check, result: 'warning', says })
