// What a run was like, in a short table: a checker that finds nothing says little if nothing happened.

import type { Exchange, History } from './history.ts'
import { patienceMs } from './limits.ts'
import type { ServerNode } from './nodes.ts'

export interface Summary {
  readonly requests: number
  readonly renewed: number
  readonly unavailable: number
  readonly lost: number
  /** Of these, how often a client had waited as long as it does. */
  readonly waitedInVain: number
  readonly signedIn: number
  readonly signedOut: number
  readonly triedAfterSignOut: number
  readonly thefts: number
  readonly theftsThatWorked: number
  readonly plainOwnersSignedOut: number
  readonly healed: number
  readonly again: number
}

const eventsOf = (nodes: readonly ServerNode[], name: string): number =>
  nodes.reduce((sum, { events }) => sum + (events.get(name) ?? 0), 0)

export function summarise({ exchanges }: History, nodes: readonly ServerNode[], plainOwnersSignedOut: number): Summary {
  const count = (holds: (one: Exchange) => boolean): number => exchanges.filter(holds).length
  const outs = new Map(
    exchanges.filter(({ status }) => status === 204).map(({ session, endedAt }) => [session, endedAt]),
  )
  const isTheft = ({ who, route }: Exchange): boolean => who === 'thief' && route === 'renew'
  return {
    requests: exchanges.length,
    renewed: count(({ route, status }) => route === 'renew' && status === 200),
    unavailable: count(({ status }) => status === 503),
    lost: count(({ status }) => status === null),
    waitedInVain: count(({ status, sentAt, endedAt }) => status === null && endedAt - sentAt >= patienceMs),
    signedIn: count(({ route, status }) => route === 'login' && status === 200),
    signedOut: outs.size,
    triedAfterSignOut: count(({ session, sentAt }) => sentAt >= (outs.get(session) ?? Number.POSITIVE_INFINITY)),
    thefts: count(isTheft),
    theftsThatWorked: count((one) => isTheft(one) && one.status === 200),
    plainOwnersSignedOut,
    healed: eventsOf(nodes, 'healed'),
    again: eventsOf(nodes, 'again'),
  }
}

/** The table, for people. */
export function table(title: string, seed: number, summary: Summary, { exchanges, faults }: History): string {
  const byStatus = Map.groupBy(exchanges, ({ route, status }) => `${route} ${status ?? 'lost'}`)
  const byKind = Map.groupBy(faults, ({ what }) => what)
  const rows = (grouped: ReadonlyMap<string, readonly unknown[]>): string =>
    [...grouped]
      .map(([name, list]) => `${name} ${list.length}`)
      .toSorted()
      .join(' · ')
  const figures = Object.entries(summary).map(([name, value]) => `${name} ${value}`)
  return [
    `${title}, seed ${seed} (LATCHKEY_SEED=${seed} plans it again)`,
    `  ${figures.join(' · ')}`,
    `  answers: ${rows(byStatus)}`,
    `  faults: ${rows(byKind)}`,
  ].join('\n')
}
