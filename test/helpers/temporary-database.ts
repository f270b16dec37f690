// A place for an SQLite file of one test.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TemporaryDatabase {
  readonly folder: string
  readonly path: string
  readonly remove: () => void
}

export function temporaryDatabase(): TemporaryDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
  return { folder, path: join(folder, 'sessions.db'), remove: () => rmSync(folder, { recursive: true, force: true }) }
}
