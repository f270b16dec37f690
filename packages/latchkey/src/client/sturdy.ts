// A storage that never fails and never hangs: what was read or written last is in memory too, and stands in for one that
// does. The console says so once. Whether the last try failed can be asked: a key that cannot be read is not a lost one.

import { storageWaitMs } from './limits.ts'
import type { ClientPorts } from './ports.ts'
import type { ClientStorage, Kept } from './storage.ts'

export interface SturdyStorage extends ClientStorage {
  readonly fails: boolean
}

/** The storage, made sturdy; memory alone where there is none. */
export function sturdy(real: ClientStorage | undefined, after: ClientPorts['after']): SturdyStorage {
  let last: Kept | null = null
  let isUnsaved = false
  let warned = false
  const use = async <Result>(work: (storage: ClientStorage) => Promise<Result>): Promise<Result | undefined> => {
    if (!real) return undefined
    try {
      const result = await within(after, work(real))
      self.fails = false
      return result
    } catch (error) {
      self.fails = true
      if (!warned) console.warn('latchkey: the storage fails', error)
      warned = true
    }
    return undefined
  }
  const self = {
    fails: false,
    keepsKeys: real?.keepsKeys ?? !real,
    ...(real?.lock && { lock: real.lock.bind(real) as NonNullable<ClientStorage['lock']> }),
    read: async (sessionId?: string) => {
      const kept = await use((storage) => storage.read(sessionId))
      // What could not be written is fresher.
      if (kept !== undefined && !isUnsaved) last = kept
      return last?.sessionId === (sessionId ?? last?.sessionId) ? last : null
    },
    write: async (kept: Kept) => {
      last = kept
      await use((storage) => storage.write(kept))
      isUnsaved = self.fails
    },
    remove: async (sessionId: string) => {
      if (last?.sessionId === sessionId) last = null
      await use((storage) => storage.remove(sessionId))
    },
  }
  return self
}

const within = <Result>(after: ClientPorts['after'], work: Promise<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    const stop = after(storageWaitMs, () => reject(new Error('no answer')))
    work.then(resolve, reject).finally(stop)
  })
