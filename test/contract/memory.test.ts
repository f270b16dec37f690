import { memoryStore } from 'latchkey/memory'
import { storeContract } from 'latchkey/testing'
import { describe, test } from 'vitest'

describe('memoryStore', () => {
  // Nobody else can open a process's own memory, so both openings are one.
  const open = () => {
    const store = memoryStore()
    return { openings: [store, store] as const }
  }
  storeContract({ test, open })
})
