// The one suite that every store passes, whatever it is made of: no switches, no sleeps (time is an argument of every
// verb), and real races. It knows nothing of any runner: the test function is handed in.

import type { Store } from '../core/store.ts'
import { bounds } from './contract/bounds.ts'
import type { Case } from './contract/case.ts'
import { endings } from './contract/endings.ts'
import { feed } from './contract/feed.ts'
import { identity } from './contract/identity.ts'
import { keys } from './contract/keys.ts'
import { lifecycle } from './contract/lifecycle.ts'
import { marks } from './contract/marks.ts'
import { paging } from './contract/paging.ts'
import { races } from './contract/races.ts'
import { rows } from './contract/rows.ts'
import { signals } from './contract/signals.ts'
import { swap } from './contract/swap.ts'
import { sweep } from './contract/sweep.ts'

/** Fresh and empty data, and the ways in to it. */
export interface OpenedStore {
  /**
   * Stores on the same data, each as another process would open it: the races run through all of them by turns. Where
   * nobody else can open the data, as in memory, one store stands here twice. The suite closes them.
   */
  readonly openings: readonly [Store, ...Store[]]
  /** Takes away what is left (a file, a schema) when all openings are closed. */
  readonly remove?: () => void | Promise<void>
}

export interface StoreContractOptions {
  /** Your runner's test function. */
  readonly test: (name: string, run: () => Promise<void>) => void
  /** Opens fresh, empty data; called once for every test. */
  readonly open: () => OpenedStore | Promise<OpenedStore>
}

const cases: readonly Case[] = [
  ...identity,
  ...rows,
  ...bounds,
  ...swap,
  ...races,
  ...endings,
  ...paging,
  ...sweep,
  ...feed,
  ...keys,
  ...marks,
  ...signals,
  ...lifecycle,
]

/** Registers the whole suite with your runner. */
export function storeContract({ test, open }: StoreContractOptions): void {
  for (const { name, run } of cases) test(name, () => withOpened(open, run))
}

async function withOpened(open: StoreContractOptions['open'], run: Case['run']): Promise<void> {
  const { openings, remove } = await open()
  try {
    await run(openings)
  } finally {
    for (const store of openings) await store.close()
    await remove?.()
  }
}
