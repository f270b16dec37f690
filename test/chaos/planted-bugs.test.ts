// The suite must be able to fail as a whole: the same people and thieves live with a store that breaks one promise of the
// contract, in this process, and the checker finds out; with one that keeps them all, it finds nothing.

import { describe, test } from 'vitest'
import type { Store } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import type { SettableClock } from 'latchkey/testing'
import { broken } from '../helpers/broken-stores.ts'
import { credentials, startApp } from '../http/in-process.ts'
import { Chance } from './chance.ts'
import { check } from './checker.ts'
import { finish } from './finish.ts'
import { History } from './history.ts'
import { accessSeconds, deadlineSeconds, leewaySeconds } from './limits.ts'
import { populate } from './run.ts'
import { World, sleep } from './world.ts'

const livesMs = 15_000

// The application takes a clock; this one is the machine's, and cannot be set.
const realClock: SettableClock = {
  now: Date.now,
  set: () => undefined,
  advance: () => undefined,
  ports: {
    now: Date.now,
    after: (ms, call) => {
      const timer = setTimeout(call, ms)
      return () => clearTimeout(timer)
    },
  },
}

type Breaking = (real: Store) => Partial<Store>

function brokenStore(breaking: Breaking): Store {
  const real = memoryStore()
  const instead = breaking(real)
  return new Proxy(real, {
    get: (target, name) => {
      const member: unknown = Reflect.get(name in instead ? instead : target, name)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

const breakingNamed = (name: string): Breaking => broken.find(([does]) => does === name)![1]

// Every thirtieth swap it says that there is no such row, as if it could not have been the connection.
const outageAsNoRow: Breaking = (real) => {
  let swaps = 0
  const isAway = (): boolean => swaps % 30 === 0
  return {
    advance: async (...given) => {
      swaps += 1
      return isAway() ? null : real.advance(...given)
    },
    find: async (...given) => (isAway() ? null : real.find(...given)),
  }
}

async function liveWith(store: Store): Promise<string[]> {
  const times = { accessSeconds, leewaySeconds, storeDeadlineSeconds: deadlineSeconds, maxSessions: 10_000 }
  const app = await startApp({ latchkey: { store, ...times }, clock: realClock })
  try {
    const world = new World(new History(), [app], credentials)
    const people = await populate(world, new Chance(1), { keyed: 20, plain: 6, visitors: 4 })
    await sleep(livesMs)
    world.stop()
    await people.ended
    await finish(world, new Chance(2), people)
    return [...new Set(check(world.history).map(({ rule }) => rule))]
  } finally {
    await app.close()
  }
}

describe.concurrent('the whole suite, on a store in this process', () => {
  test('finds nothing wrong with a store that keeps its promises', async ({ expect }) => {
    expect(await liveWith(memoryStore())).toEqual([])
  })

  test('finds out a store that swaps what was ended (I10)', async ({ expect }) => {
    expect(await liveWith(brokenStore(breakingNamed('swaps what was ended')))).toContain('renewed after its sign-out')
  })

  test('finds out a store that swaps from any generation (I2)', async ({ expect }) => {
    const found = await liveWith(brokenStore(breakingNamed('swaps from any generation')))
    expect(found).toContain('thief of a plain session rides on')
  })

  test('finds out a store for which an outage is a missing row (I3)', async ({ expect }) => {
    expect(await liveWith(brokenStore(outageAsNoRow))).toContain('honest keyed owner refused')
  })
})
