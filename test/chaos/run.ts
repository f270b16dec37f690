// One run: nodes on one store, people who use them, faults, the end, the verdict. What differs from engine to engine is
// handed in: how a node is set, and what can break in the store.

import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { Chance } from './chance.ts'
import { check, type Breach } from './checker.ts'
import { allReady, strikeAll, type FaultKind } from './faults.ts'
import { finish } from './finish.ts'
import { History } from './history.ts'
import type { Holder } from './holder.ts'
import type { ServerNode } from './nodes.ts'
import { Owner } from './owners.ts'
import { secondsOfRun } from './seeds.ts'
import { summarise, table, type Summary } from './summary.ts'
import { robKeyed, robPlain, type Loot } from './thieves.ts'
import { visit } from './visitors.ts'
import { World, sleep } from './world.ts'

export interface Crowd {
  readonly keyed: number
  readonly plain: number
  readonly visitors: number
}

const usualCrowd: Crowd = { keyed: 70, plain: 24, visitors: 8 }
/** Before the first fault: everything works, and the checker can be strict. */
const calmMs = 4000

export interface Run {
  readonly title: string
  readonly seed: number
  readonly nodes: readonly ServerNode[]
  readonly faults: readonly FaultKind[]
}

export interface Verdict {
  /** Sentences; none where every promise was kept. */
  readonly breaches: readonly string[]
  readonly summary: Summary
}

// One defect can show a thousand times, and must not hide another.
const fewOfEach = (breaches: readonly Breach[]): string[] =>
  [...Map.groupBy(breaches, ({ rule }) => rule)].flatMap(([rule, all]) =>
    all.slice(0, 4).map(({ says }) => `${rule} (${all.length} times): ${says}`),
  )

// For reading what led to a breach (LATCHKEY_CHAOS_KEEP=1: in any case); there is no secret in it.
function keep(name: string, { exchanges, faults }: History): void {
  const path = join(tmpdir(), `latchkey-chaos-${name.replaceAll(' ', '-')}.jsonl`)
  const ordered = [...exchanges.map((one) => [one.sentAt, one]), ...faults.map((one) => [one.fromAt, one])] as const
  const lines = ordered.toSorted(([one], [other]) => Number(one) - Number(other)).map(([, one]) => JSON.stringify(one))
  writeFileSync(path, `${lines.join('\n')}\n`)
  process.stdout.write(`  the record is in ${path}\n`)
}

/** The people of a run, going about their business until it is stopped. */
export async function populate(world: World, chance: Chance, crowd: Crowd) {
  const owners = (['keyed', 'plain'] as const).flatMap((kind) =>
    Array.from({ length: crowd[kind] }, () => new Owner(world, chance.fork(), kind)),
  )
  await Promise.all(owners.map((owner) => owner.begin()))
  const of = (kind: Owner['kind']): Owner[] => owners.filter((owner) => owner.kind === kind)
  const [departed, loot]: [Holder[], Loot[]] = [[], []]
  const lives = [
    ...owners.map((owner) => owner.live()),
    ...Array.from({ length: crowd.visitors }, () => visit(world, chance.fork(), departed)),
    robKeyed(world, chance.fork(), of('keyed')),
    robPlain(world, chance.fork(), of('plain'), loot),
  ]
  return { owners, departed, loot, ended: Promise.all(lives) }
}

/** Starts the nodes, runs everything, and judges; the nodes are killed at the end. */
export async function run({ title, seed, nodes, faults }: Run): Promise<Verdict> {
  const chance = new Chance(seed)
  const [first, ...others] = nodes
  try {
    await first!.start()
    await Promise.all(others.map((node) => node.start()))
    const world = new World(new History(), nodes, first!.administrator!)
    const people = await populate(world, chance.fork(), usualCrowd)
    await sleep(calmMs)
    try {
      await strikeAll({ world, chance: chance.fork(), nodes }, faults, secondsOfRun())
    } finally {
      world.stop()
      await people.ended
    }
    await allReady(nodes, 'the end')
    await finish(world, chance.fork(), people)
    const refused = people.owners.filter(({ kind }) => kind === 'plain').map(({ lostSessions }) => lostSessions)
    const summary = summarise(
      world.history,
      nodes,
      refused.reduce((sum, each) => sum + each, 0),
    )
    process.stdout.write(`${table(title, seed, summary, world.history)}\n`)
    const breaches = fewOfEach(check(world.history))
    if (breaches.length > 0 || process.env['LATCHKEY_CHAOS_KEEP'] === '1') keep(`${title} ${seed}`, world.history)
    return { breaches, summary }
  } finally {
    await Promise.all(nodes.map((node) => node.kill()))
  }
}

/** A checker that finds nothing says little where little has happened. */
export function expectEventful({ renewed, signedOut, triedAfterSignOut, thefts, lost, unavailable }: Summary): void {
  expect(renewed).toBeGreaterThan(1000)
  expect(signedOut).toBeGreaterThan(10)
  expect(triedAfterSignOut).toBeGreaterThan(100)
  expect(thefts).toBeGreaterThan(10)
  expect(lost).toBeGreaterThan(10)
  expect(unavailable).toBeGreaterThan(10)
}
