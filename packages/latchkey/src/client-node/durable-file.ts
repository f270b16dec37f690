// Replaces a file as a whole or not at all, whenever the process may be killed or the power fail: a draft beside it, on
// the disk before it takes the name. Drafts hold secrets, so what a killed process leaves behind is taken away.

import { randomUUID } from 'node:crypto'
import { readdirSync, statSync, unlinkSync } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFolder, systemCodeOf } from '../owned-file.ts'

/** A draft older than this has nobody who will finish it. */
const draftMs = 60_000
const draftName = /^\.[0-9a-f-]{36}\.draft$/

/** A name beside the file that nobody else has; in containers process ids repeat, so it does not rest on one. */
export const draftPath = (path: string): string => `${path}.${randomUUID()}.draft`

/** Writes the file anew, readable by its owner only; durable when it resolves. */
export async function replaceFile(path: string, text: string): Promise<void> {
  try {
    await rename(await writeDraft(path, text), path)
  } catch (error) {
    // Somebody took the draft for a dead process's, because the machine slept in between.
    if (systemCodeOf(error) !== 'ENOENT') throw error
    await rename(await writeDraft(path, text), path)
  }
  syncFolder(dirname(path))
  dropOldDrafts(path, statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0)
}

async function writeDraft(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = draftPath(path)
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } catch (error) {
    unlinkSync(draft)
    throw error
  } finally {
    await file.close()
  }
  return draft
}

/** Takes away what killed processes left beside the file. `nowMs`: the file system's clock, as a file just touched shows it. */
export function dropOldDrafts(path: string, nowMs: number): void {
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(basename(path)) || !draftName.test(name.slice(basename(path).length))) continue
    const draft = join(dirname(path), name)
    const found = statSync(draft, { throwIfNoEntry: false })
    if (found !== undefined && nowMs - found.ctimeMs > draftMs) dropFile(draft)
  }
}

/** Takes a file away; nothing happens where another process was faster. */
export function dropFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error
  }
}
