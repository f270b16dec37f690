// Judges a run by its record alone: what clients saw, and when. It shares no code with the product and knows nothing of
// its rule, only of its promises (issue 3 and docs/protocol.md), each of which is one named judgement in rules-*.ts.
// It is strict wherever the promise is: what a client did not hear is never held against the server, nor for it.

import type { Exchange, Fault, History } from './history.ts'
import {
  keyedOwnerRefused,
  looksLikeRefusal,
  plainOwnerRefused,
  signInLost,
  wrongClockAnswered,
} from './rules-honest.ts'
import { forkedGeneration, secondSuccessor, thiefGotKeyed, thiefRidesOn } from './rules-thief.ts'
import { accessAfterSignOut, endedAndBack, renewedAfterSignOut } from './rules-ended.ts'

/** The record in the order that the rules want it. */
export interface Evidence {
  /** In the order of sending. */
  readonly exchanges: readonly Exchange[]
  readonly faults: readonly Fault[]
  /** The exchanges of one session each, in the order of sending. */
  readonly sessions: ReadonlyMap<string, readonly Exchange[]>
}

/** A sentence for each breach that it finds. */
export type Rule = (evidence: Evidence) => string[]

const rules: Readonly<Record<string, Rule>> = {
  'honest keyed owner refused': keyedOwnerRefused,
  'generation forked': forkedGeneration,
  'second successor': secondSuccessor,
  'thief got a keyed token': thiefGotKeyed,
  'thief of a plain session rides on': thiefRidesOn,
  'renewed after its sign-out': renewedAfterSignOut,
  'access after its sign-out': accessAfterSignOut,
  'ended and back': endedAndBack,
  'outage looked like a refusal': looksLikeRefusal,
  'plain owner refused for nothing': plainOwnerRefused,
  'sign-in lost': signInLost,
  'wrong clock answered': wrongClockAnswered,
}

export const ruleNames: readonly string[] = Object.keys(rules)

export interface Breach {
  readonly rule: string
  readonly says: string
}

/** Every breach of every promise in a record. */
export function check({ exchanges, faults }: Pick<History, 'exchanges' | 'faults'>): Breach[] {
  const ordered = exchanges.toSorted((one, other) => one.sentAt - other.sentAt)
  const sessions = Map.groupBy(
    ordered.filter(({ session }) => session !== null),
    ({ session }) => session ?? '',
  )
  const evidence = { exchanges: ordered, faults, sessions }
  return Object.entries(rules).flatMap(([rule, find]) => find(evidence).map((says) => ({ rule, says })))
}
