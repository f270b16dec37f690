// Fills and rotates a Redis database; how much memory that takes, the parent asks Redis itself.

import type { Store } from 'latchkey'
import { openStore } from '../server/stores.ts'
import { browser } from '../server/seed.ts'
import { fill, noDevice, rotateAll, sizedInEngines } from './rotations.ts'

let store: Store | undefined

/** Opens the store and fills it. */
export async function fillRedis({ url, device }: { readonly url: string; readonly device: boolean }): Promise<void> {
  store = await openStore('redis', url)
  await fill(store, sizedInEngines, device ? browser : noDevice)
}

/** Rotates every session, in the store that was filled last. */
export async function rotateRedis(): Promise<void> {
  if (store === undefined) throw new Error('fill it first')
  await rotateAll(store)
}
