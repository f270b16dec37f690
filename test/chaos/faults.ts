// The faults that hit nodes, whatever the store is, and how a run goes through them: every kind at least once, in an order
// and with lengths that the seed decides, each recorded with the time it lasted. After each of them all nodes must become
// ready again by themselves. The faults of a store are in the file of its engine.

import { until } from '../helpers/server.ts'
import type { Chance } from './chance.ts'
import type { Fault } from './history.ts'
import { deadlineMs } from './limits.ts'
import type { ServerNode } from './nodes.ts'
import { sleep, type World } from './world.ts'

const calmMs = [600, 1800] as const
const recoveryMs = 20_000
const noticedMs = 5000
/** Within this time a process believes what it was told of its clock. */
const takesEffectMs = 200
const wrongForMs = 2500

export interface FaultContext {
  readonly world: World
  readonly chance: Chance
  readonly nodes: readonly ServerNode[]
}

/** What a fault tells of itself, beside the time. */
type Told = Partial<Pick<Fault, 'node' | 'clockWrong' | 'losesSinceAt'>>

export interface FaultKind {
  readonly what: string
  /** Breaks something and mends it; what comes back by itself may still be on its way. */
  readonly strike: (context: FaultContext) => Promise<Told>
}

/** From a blink to longer than the store's deadline. */
export const aWhile = (chance: Chance): number => chance.between(300, deadlineMs * 2)

const killNode: FaultKind = {
  what: 'a node killed',
  strike: async ({ chance, nodes }) => {
    const node = chance.between(0, nodes.length - 1)
    await nodes[node]!.kill()
    await sleep(chance.between(0, 1500))
    await nodes[node]!.startAgain()
    return { node }
  },
}

const pauseNode: FaultKind = {
  what: 'a node stopped for a while',
  strike: async ({ chance, nodes }) => {
    const node = chance.between(0, nodes.length - 1)
    nodes[node]!.pause()
    await sleep(aWhile(chance))
    nodes[node]!.resume()
    return { node }
  },
}

const killAllNodes: FaultKind = {
  what: 'all nodes killed',
  strike: async ({ nodes }) => {
    await Promise.all(nodes.map((node) => node.kill()))
    await Promise.all(nodes.map((node) => node.startAgain()))
    return {}
  },
}

export const nodeFaults: readonly FaultKind[] = [killNode, pauseNode, killAllNodes]

/**
 * For stores that tell the time: a node's clock goes wrong by 3 seconds to an hour, either way, and people go on coming. A
 * node notices a jump by itself, so that from the first moment they must hear 503 and nothing else. One of 3 seconds may
 * pass for a busy process until the node has looked at the store's clock; people come again when it has.
 */
export const wrongClock: FaultKind = {
  what: "a node's clock wrong",
  strike: async ({ chance, nodes, world }) => {
    const node = chance.between(0, nodes.length - 1)
    const wrongMs = chance.pick([-1, 1]) * chance.pick([3000, 90_000, 10 * 60_000, 60 * 60_000])
    const isOut = async (): Promise<boolean> => !(await nodes[node]!.isReady())
    const set = async (): Promise<void> => {
      nodes[node]!.setClock(wrongMs)
      await sleep(takesEffectMs)
      await until('a node sees that its clock is wrong', isOut, noticedMs)
    }
    if (Math.abs(wrongMs) > 3000) await set()
    else await world.leavingOut(node, set)
    const fromAt = world.history.now()
    await sleep(wrongForMs)
    const untilAt = world.history.now()
    world.history.noteFault({
      what: `clock off by ${wrongMs} ms`,
      fromAt,
      untilAt,
      node,
      clockWrong: true,
      losesSinceAt: null,
    })
    nodes[node]!.setClock(0)
    return { node }
  },
}

/** Goes through the kinds in rounds, each round in a new order, until the time is over and every kind was there. */
export async function strikeAll(context: FaultContext, kinds: readonly FaultKind[], seconds: number): Promise<void> {
  const { world, chance, nodes } = context
  const until = world.history.now() + seconds * 1000
  for (let round = 0; round === 0 || world.history.now() < until; round += 1) {
    for (const kind of chance.shuffled(kinds)) {
      if (round > 0 && world.history.now() > until) return
      await sleep(chance.between(...calmMs))
      await strike(context, kind)
      await allReady(nodes, kind.what)
    }
  }
}

async function strike(context: FaultContext, { what, strike }: FaultKind): Promise<void> {
  const { history } = context.world
  const fromAt = history.now()
  const told = await strike(context)
  const untilAt = history.now()
  history.noteFault({ node: null, clockWrong: false, losesSinceAt: null, ...told, what, fromAt, untilAt })
}

/** Resolves when every node is ready; rejects where one stays away though nothing is broken any more. */
export async function allReady(nodes: readonly ServerNode[], what: string): Promise<void> {
  const until = performance.now() + recoveryMs
  for (;;) {
    const ready = await Promise.all(nodes.map((node) => node.isReady()))
    if (ready.every(Boolean)) return
    if (performance.now() > until) {
      throw new Error(`not ready ${recoveryMs} ms after: ${what}\n${nodes.map(({ log }) => log).join('\n')}`)
    }
    await sleep(50)
  }
}
