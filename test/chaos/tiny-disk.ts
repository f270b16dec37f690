// A disk that can be full: a small tmpfs, mounted where the test may mount (as root, in a container that allows it). Where
// it may not, the run goes without this fault and says so.

import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { aWhile, type FaultKind } from './faults.ts'
import { sleep } from './world.ts'

const megabytes = 32
const pieces = [1 << 20, 1 << 12]

const system = (tool: 'mount' | 'umount', ...args: readonly string[]): void =>
  void execFileSync(tool, args, { stdio: 'pipe' })

/** Mounts one at this folder: whether it could. */
export function mountTinyDisk(folder: string): boolean {
  try {
    system('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder)
    return true
  } catch {
    process.stderr.write('The fault "the disk full" is left out: it takes root, and leave to mount a tmpfs.\n')
    return false
  }
}

/** Takes it away, with whatever is in it. */
export const unmountTinyDisk = (folder: string): void => system('umount', '-l', folder)

// Takes everything that is left, in pieces that become smaller.
function fill(path: string): void {
  const file = openSync(path, 'w')
  for (const size of pieces) {
    const piece = Buffer.alloc(size)
    try {
      while (writeSync(file, piece) === size);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
  closeSync(file)
}

export const diskFull = (folder: string): FaultKind => ({
  what: 'the disk full',
  strike: async ({ chance }) => {
    const ballast = join(folder, 'ballast')
    fill(ballast)
    await sleep(aWhile(chance))
    rmSync(ballast)
    return {}
  },
})
