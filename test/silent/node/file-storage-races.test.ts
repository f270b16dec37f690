// The moments between two steps on the disk in which another process may act, each made to happen: the other process is
// played by a second storage, just before the step.

import type * as Fs from 'node:fs'
import type * as FsPromises from 'node:fs/promises'
import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileStorage } from 'latchkey/client/node'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sampleKept } from './storage-contract.ts'

const before = vi.hoisted(() => ({ step: (_name: string, _path: string): unknown => undefined }))

vi.mock('node:fs', async (original) => {
  const real = await original<typeof Fs>()
  const renameSync: typeof Fs.renameSync = (from, to) => {
    before.step('take aside', String(from))
    real.renameSync(from, to)
  }
  const linkSync: typeof Fs.linkSync = (from, to) => {
    before.step('put back', String(to))
    real.linkSync(from, to)
  }
  return { ...real, renameSync, linkSync }
})
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FsPromises>()
  const rename: typeof FsPromises.rename = async (from, to) => {
    await before.step('replace', String(from))
    await real.rename(from, to)
  }
  return { ...real, rename }
})

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-races-'))
  path = join(folder, 'session.json')
})
afterEach(() => {
  before.step = () => undefined
  rmSync(folder, { recursive: true })
})

const textOf = (sessionId: string): string =>
  JSON.stringify({ latchkey: 'session/v1', session: sampleKept({ sessionId }) })
/** What another process does just before this step, once. */
function justBefore(name: string, act: (path: string) => unknown): void {
  const next = before.step
  before.step = (step, at) => {
    if (step !== name) return next(step, at)
    before.step = next
    return act(at)
  }
}
const signInAs = (sessionId: string) => (): void => writeFileSync(path, textOf(sessionId), { mode: 0o600 })

describe('fileStorage beside another process', () => {
  it('keeps the session that another process begins while this one signs out of the old one', async () => {
    const storage = fileStorage(path)
    await storage.write(sampleKept())
    justBefore('take aside', signInAs('session-two'))
    await storage.remove('session-one')
    expect((await storage.read())?.sessionId).toBe('session-two')
    expect(readdirSync(folder)).toEqual(['session.json'])
  })

  it('keeps what somebody else puts there while this one signs out', async () => {
    const storage = fileStorage(path)
    await storage.write(sampleKept())
    justBefore('take aside', () => writeFileSync(path, 'a letter', { mode: 0o600 }))
    await storage.remove('session-one')
    expect(readFileSync(path, 'utf8')).toBe('a letter')
  })

  it('keeps the newest of two that are begun while this one signs out', async () => {
    const storage = fileStorage(path)
    await storage.write(sampleKept())
    justBefore('put back', signInAs('session-three'))
    justBefore('take aside', signInAs('session-two'))
    await storage.remove('session-one')
    expect((await storage.read())?.sessionId).toBe('session-three')
    expect(readdirSync(folder)).toEqual(['session.json'])
  })

  it('is content where another process has signed out first', async () => {
    const storage = fileStorage(path)
    await storage.write(sampleKept())
    justBefore('take aside', () => unlinkSync(path))
    await storage.remove('session-one')
    expect(await storage.read()).toBeNull()
  })

  it('keeps the second of two writes, however slow the disk is with the first', async () => {
    const storage = fileStorage(path)
    justBefore('replace', async () => {
      for (let turn = 0; turn < 50; turn += 1) await stat(folder)
    })
    await Promise.all([storage.write(sampleKept({ turn: 1 })), storage.write(sampleKept({ turn: 2 }))])
    expect((await storage.read())?.turn).toBe(2)
  })

  it('writes once more where its draft was taken for a dead process’s', async () => {
    const storage = fileStorage(path)
    justBefore('replace', (draft) => unlinkSync(draft))
    await storage.write(sampleKept())
    expect(await storage.read()).toEqual(sampleKept())
    expect(readdirSync(folder)).toEqual(['session.json'])
  })
})
