// The storages that come with the library keep the contract of storages.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStorage } from 'latchkey/client'
import { fileStorage } from 'latchkey/client/node'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { storageContract } from './storage-contract.ts'

describe('memoryStorage keeps the contract of storages (C42)', () => {
  const open = () => {
    const storage = memoryStorage()
    return [storage, storage] as const
  }
  storageContract({ test: it, open })
})

describe('fileStorage keeps the contract of storages (C45)', () => {
  let folder = ''
  let files = 0
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-storages-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  const open = () => {
    files += 1
    const path = join(folder, String(files), 'session.json')
    return [fileStorage(path), fileStorage(path)] as const
  }
  storageContract({ test: it, open })
})
