// The search: breadth first, so that the first path to a violation is a shortest one. A state is dropped as soon as it
// has been looked at; what remains of it is its key, and which move of which state led to it. A path is found again
// by making those moves once more.

import { moves } from './moves.ts'
import { brokenState, type Violation } from './properties.ts'
import { createWorld, firstState, keyOf, type Config, type State, type World } from './world.ts'

export interface Exploration {
  readonly states: number
  readonly moves: number
  /** Who was told what, such as "thief again". */
  readonly met: ReadonlySet<string>
  /** Every kind of violation that was met, with a shortest path to it. */
  readonly found: ReadonlyMap<Violation, readonly string[]>
}

export interface Bounds {
  /** Stop at the first violation of this kind. */
  readonly until?: Violation
}

/** Visits every state that can be reached. A state that breaks something has no future. */
export function explore(config: Config, { until }: Bounds = {}): Exploration {
  const world = createWorld(config)
  const first = firstState(world)
  const seen = new Set([keyOf(first)])
  const queue: (State | undefined)[] = [first]
  const trail: Trail = { parents: [-1], ordinals: [-1] }
  const found = new Map<Violation, readonly string[]>()
  let count = 0
  for (let index = 0; index < queue.length; index += 1) {
    const state = queue[index]
    if (state === undefined) throw new Error('a state was visited twice')
    if (until !== undefined && found.has(until)) break
    queue[index] = undefined
    const note = (broken: Violation, last?: string): void => {
      if (!found.has(broken)) found.set(broken, pathTo(config, trail, index, last))
    }
    const broken = brokenState(world, state)
    if (broken !== null) note(broken)
    let ordinal = -1
    moves(world, state, (next, says, breaks = null) => {
      ordinal += 1
      if (breaks !== null) return note(breaks, says())
      const key = keyOf(next)
      if (seen.has(key)) return
      seen.add(key)
      queue.push(next)
      trail.parents.push(index)
      trail.ordinals.push(ordinal)
    })
    count += ordinal + 1
  }
  return { states: queue.length, moves: count, met: world.met, found }
}

interface Trail {
  readonly parents: number[]
  readonly ordinals: number[]
}

function pathTo(config: Config, { parents, ordinals }: Trail, index: number, last?: string): string[] {
  const steps: number[] = []
  for (let at = index; at > 0; at = parents[at] ?? 0) steps.unshift(ordinals[at] ?? -1)
  // A world of its own: the old one remembers answers of histories that are not part of this one.
  const world = createWorld(config)
  let state = firstState(world)
  const path = steps.map((wanted) => {
    const [next, says] = moveOf(world, state, wanted)
    state = next
    return says
  })
  return last === undefined ? path : [...path, last]
}

function moveOf(world: World, state: State, wanted: number): [State, string] {
  let ordinal = -1
  const chosen: [State, string][] = []
  moves(world, state, (next, says) => {
    ordinal += 1
    if (ordinal === wanted) chosen.push([next, says()])
  })
  const [move] = chosen
  if (move === undefined) throw new Error('a path cannot be walked again')
  return move
}
