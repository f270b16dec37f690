// One tab at a time. The wait is bounded, nobody is robbed, and who waits in vain goes on alone: the server gives all that
// come with the same token the same successor.

import type { Core } from './core.ts'
import { lockWaitMs } from './limits.ts'

/** Runs `work` alone, or after a wait in vain not alone (`isLocked` false). Rejects only as `work` does. */
export const locked = async <Result>(
  core: Core,
  work: (isLocked: boolean) => Promise<Result>,
  isAgain?: boolean,
): Promise<Result> => {
  const began = core.now()
  let entered: Promise<Result> | undefined
  const enter = (): Promise<Result> => (entered = work(true))
  return core.storage.lock(enter, lockWaitMs).catch(() => {
    // A lock that fails afterwards changes nothing of what was done under it.
    if (entered) return entered
    // The device slept meanwhile: nobody has really waited that long.
    const slept = core.now() - began > 2 * lockWaitMs
    return slept && !isAgain ? locked(core, work, true) : work(false)
  })
}
