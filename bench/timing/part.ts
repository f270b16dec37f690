// Whether anybody can tell, by the time an answer takes, what the answer itself does not say: if a user exists, if a
// session does, how much of a guessed mac or secret is right. A statistical test with a stated power, and the proof of
// that power on the same server with a delay built in.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from '../parts/part.ts'
import type { Row, Table } from '../report.ts'
import { written } from '../statistics.ts'
import { compare, minBlocks, type Comparison } from './compare.ts'
import { casesOf, controlsOf, type Case } from './questions.ts'
import { sample } from './sampling.ts'
import { openScene, type Scene } from './scene.ts'

/** The chance that a whole run reports something that is not there. */
const falseAlarm = 0.01
/** Of `--rounds`, with which the number of pairs grows. */
const usualRounds = 4

export const timingPart: Part = {
  name: 'timing',
  run: async ({ folder, options: { rounds } }) => {
    const share = rounds / usualRounds
    const asItIs = await withScene(join(folder, 'as-it-is'), false, async (scene) => {
      const cases = casesOf(scene)
      return inTurn(cases, async (each) => caseRow(each, await judged(scene, each, share, cases.length)))
    })
    const withDelays = await withScene(join(folder, 'delayed'), true, async (scene) => {
      const controls = controlsOf(scene)
      return inTurn(controls, async (each) => {
        const found = await judged(scene, each, share, controls.length)
        return {
          ...rowOf(each, found),
          goal: each.delayMicros > 0 ? 'found' : 'not found',
          met: found.found === each.delayMicros > 0,
          disturbed: tooLoud(each, found),
        }
      })
    })
    return tablesOf(asItIs, withDelays)
  },
}

async function withScene<Result>(
  folder: string,
  delays: boolean,
  use: (scene: Scene) => Promise<Result>,
): Promise<Result> {
  mkdirSync(folder)
  const scene = await openScene(folder, delays)
  try {
    return await use(scene)
  } finally {
    await scene.close()
  }
}

async function inTurn<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (const item of items) results.push(await work(item))
  return results
}

async function judged({ port }: Scene, asked: Case, share: number, cases: number): Promise<Comparison> {
  const count = Math.max(minBlocks * asked.pairsInBlock, Math.ceil(asked.pairs * share))
  const pairs = await sample({ port, ...asked }, count)
  return compare(pairs, { pairsInBlock: asked.pairsInBlock, falseAlarm: falseAlarm / cases, random: Math.random })
}

const rowOf = ({ what }: Case, { found, difference, foundFrom, pairs, quantiles }: Comparison): Row => ({
  what,
  figure: `${written(difference)} µs`,
  spread: quantiles.map((each) => `${written(each.difference)}${each.found ? '!' : ''}`).join(' / '),
  detail: `${found ? 'told apart' : 'not told apart'}; ${written(foundFrom)} µs would be seen; ${written(pairs)} pairs`,
  raw: quantiles,
})

function caseRow(asked: Case, comparison: Comparison): Row {
  const row = rowOf(asked, comparison)
  if (asked.mustSeeMicros === undefined) return row
  const goal = `none, ${asked.mustSeeMicros} µs seen`
  const disturbed = tooLoud(asked, comparison)
  return { ...row, goal, met: !comparison.found && !disturbed, disturbed }
}

// Nothing found by a test that could not have found it says nothing: foreign work was in the way.
const tooLoud = ({ mustSeeMicros = Number.POSITIVE_INFINITY }: Case, { found, foundFrom }: Comparison): boolean =>
  !found && foundFrom > mustSeeMicros

const tablesOf = (asItIs: readonly Row[], withDelays: readonly Row[]): readonly Table[] => [
  {
    goal: 'timing',
    title: 'by how much the second of two answers comes later, on the server as it is',
    rows: asItIs,
    notes: [
      'the middle column: the same among the fast answers, in the middle, and among the slow; ! marks what was found',
      'without a goal: only somebody who was given that token can ask',
    ],
  },
  {
    goal: 'timing',
    title: 'the same test where the answer is known: a server that delays when it is told to',
    rows: withDelays,
  },
]
