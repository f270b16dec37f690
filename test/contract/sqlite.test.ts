import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from 'latchkey/sqlite'
import { storeContract } from 'latchkey/testing'
import { describe, test } from 'vitest'

describe('sqliteStore', () => {
  const open = () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
    const path = join(folder, 'sessions.db')
    const remove = () => rmSync(folder, { recursive: true })
    return { openings: [sqliteStore(path), sqliteStore(path)] as const, remove }
  }
  storeContract({ test, open })
})
