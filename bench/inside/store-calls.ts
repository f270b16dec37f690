// How many calls a refresh makes to its store, counted by a store that passes every call on.

import { createLatchkey, generateKeys } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { issuer } from '../server/cases.ts'
import { countedStore } from '../server/counted-store.ts'
import { beginSessions } from '../server/seed.ts'

const refreshes = 1000

/** Calls per refresh, of whatever verb. */
export async function storeCalls(): Promise<number> {
  let calls = 0
  const store = countedStore(memoryStore(), () => {
    calls += 1
  })
  const latchkey = await createLatchkey({ issuer, keys: generateKeys(), store })
  const [session] = await beginSessions(latchkey, 1, 'plain')
  if (session === undefined) throw new Error('no session')
  let token = session.refreshToken
  calls = 0
  for (let index = 0; index < refreshes; index += 1) {
    token = (await latchkey.refresh({ token, transport: 'body' })).refreshToken
  }
  return calls / refreshes
}
