// What tests ask of an exploration. The number of states has a lower bound in each test, so that a change to the
// explorer or to the rule cannot silently make it look at less; a path to a violation is the failure's message.

import { expect } from 'vitest'
import { explore, type Exploration } from './explore.ts'
import type { Violation } from './properties.ts'
import type { Config } from './world.ts'

export interface Survey {
  readonly name: string
  readonly config: Config
  /** States that must have been visited at the least. */
  readonly least: number
  /** What must have happened on the way, such as "owner heal": a world without it proves nothing about it. */
  readonly met: readonly string[]
}

/** Explores all there is, and finds nothing broken. */
export function expectNothingBroken(survey: Survey): void {
  expectUnbroken(explore(survey.config), survey)
}

/** The same, but for violations of some kinds: those that a plain session has no protection from. */
export function expectUnbroken(
  { found, states, met }: Exploration,
  survey: Pick<Survey, 'least' | 'met'>,
  but: readonly Violation[] = [],
): void {
  expect([...found].filter(([violation]) => !but.includes(violation))).toEqual([])
  expect(states).toBeGreaterThanOrEqual(survey.least)
  expect([...met]).toEqual(expect.arrayContaining([...survey.met]))
}
