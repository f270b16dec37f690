// Random sequences of everything that can be done, on two real engines over one real store, against the small model of
// engine/expected.ts. Each run has a new seed; what fails is kept in seeds.ts and made again first.

import * as fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import type { EventName } from 'latchkey'
import { inMemory, onFile, type Backing } from './engine/backings.ts'
import { commands, copy, refresh, restore, signIn, type Command } from './engine/commands.ts'
import { deploy } from './engine/deployment.ts'
import { Expected } from './engine/expected.ts'
import { clusterBacking, postgresBacking, redisBacking, stopServices } from './engine/services.ts'
import { seeds, type Seed } from './seeds.ts'

const backings: Readonly<Record<Seed['store'], () => Promise<Backing>>> = {
  memory: inMemory,
  sqlite: onFile,
  postgres: postgresBacking.make,
  redis: redisBacking.make,
  cluster: clusterBacking.make,
}
/** More by `LATCHKEY_RUNS=5000 npx vitest run --project model commands --testTimeout 0`. */
const runs = Number(process.env['LATCHKEY_RUNS'] ?? 0)

afterAll(stopServices)

/** Runs one sequence; what was heard meanwhile. */
async function run(store: Seed['store'], sequence: Iterable<Command>, met = new Set<EventName>()): Promise<typeof met> {
  const model = new Expected()
  const real = await deploy(await backings[store](), model.now, met)
  try {
    await fc.asyncModelRun(() => ({ model, real }), sequence)
  } finally {
    await real.close()
  }
  return met
}

async function check(
  store: Seed['store'],
  parameters: fc.Parameters<[Iterable<Command>]>,
  replayPath?: string,
): Promise<ReadonlySet<EventName>> {
  const met = new Set<EventName>()
  const property = fc.asyncProperty(commands(replayPath), async (sequence) => void (await run(store, sequence, met)))
  await fc.assert(property, parameters)
  return met
}

async function checkAll(store: Seed['store'], numRuns: number): Promise<ReadonlySet<EventName>> {
  for (const { seed, path, replayPath } of seeds.filter((kept) => kept.store === store)) {
    await check(store, { seed, path, endOnFailure: true }, replayPath)
  }
  // On a busy disk fewer runs must do; on none may the suite become slow.
  return check(store, { numRuns, ...(runs === 0 ? { interruptAfterTimeLimit: 8000 } : {}) })
}

/** What even few runs meet for certain: sequences in which nothing happens prove nothing. */
const certain: readonly EventName[] = ['signed_in', 'renewed', 'again', 'revoked']

test('answers every sequence of commands as the model expects, in memory (I2, I10)', async () => {
  const met = await checkAll('memory', Math.max(runs, 400))
  expect([...met]).toEqual(expect.arrayContaining([...certain, 'unproved', 'reuse', 'expired', 'evicted']))
})

const setBack = [
  ['an SQLite file', 'sqlite', null],
  ['PostgreSQL', 'postgres', postgresBacking.missing],
  ['Redis', 'redis', redisBacking.missing],
  ['Redis Cluster', 'cluster', clusterBacking.missing],
] as const

for (const [name, store, missing] of setBack) {
  test.skipIf(missing !== null)(
    `answers every sequence of commands as the model expects, on ${name} that is set back (I2, I10)`,
    async () => {
      const met = await checkAll(store, Math.max(runs, 80))
      expect([...met]).toEqual(expect.arrayContaining([...certain]))
    },
  )

  test.skipIf(missing !== null)(
    `heals a session whose data was set back on ${name}, and answers what is older with the newest (I2)`,
    async () => {
      const newcomer = { subject: 'ada', keyed: true, cookie: false, early: false }
      const owner = { number: 0, age: 0, proof: 'right', oldNonce: false } as const
      const steps = [copy(), refresh(owner, [0]), refresh(owner, [1, 0]), restore(), refresh(owner, [0, 1, 0])]
      const met = await run(store, [signIn(newcomer, 0), ...steps, refresh({ ...owner, age: 3 }, [1])])
      expect([...met]).toEqual(['signed_in', 'renewed', 'again', 'healed'])
    },
  )
}
