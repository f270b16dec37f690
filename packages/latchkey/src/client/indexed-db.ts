// Keeps sessions in IndexedDB, the only storage of a page that can hold a key which script cannot read out. Each session
// has a record of its own, so a sign-in in one tab never meets the key of another; locks are the browser's own.

import type { ClientStorage, Kept } from './storage.ts'

/** The records under this name, of the database and of its one store. The database is opened for each use alone, so that it is in nobody's way. */
export const indexedDbStorage = (name: string): ClientStorage => {
  const open = (): Promise<IDBDatabase> =>
    new Promise((resolve, reject) => {
      const opening = indexedDB.open(name)
      opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(name))
      opening.addEventListener('success', () => resolve(opening.result))
      opening.addEventListener('error', () => reject(opening.error))
    })
  // Rejects where it is somebody else's database of this name, or a browser that cannot keep keys.
  const transact = async <Value>(use: (store: IDBObjectStore) => IDBRequest<Value> | void): Promise<Value> => {
    const database = await open()
    return new Promise<Value>((resolve, reject) => {
      const transaction = database.transaction(name, 'readwrite')
      const request = use(transaction.objectStore(name))
      transaction.addEventListener('complete', () => resolve(request?.result as Value))
      transaction.addEventListener('abort', () => reject(transaction.error))
    }).finally(() => database.close())
  }
  return {
    read: async (sessionId) => (await transact<Kept[]>((store) => store.getAll(sessionId))).at(-1) ?? null,
    write: (kept) =>
      transact((store) => {
        // A session that begins takes the place of all others: there is one, and it is the newest.
        if (kept.turn === 1) store.clear()
        store.put(kept, kept.sessionId)
      }),
    remove: (sessionId) => transact((store) => void store.delete(sessionId)),
    // A page without https has none.
    lock:
      navigator.locks &&
      ((work, waitMs) => navigator.locks.request(name, { signal: AbortSignal.timeout(waitMs) }, work)),
  }
}
