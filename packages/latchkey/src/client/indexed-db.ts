// Keeps sessions in IndexedDB, the only storage of a page that can hold a key which script cannot read out. Each session
// has a record of its own, so a sign-in in one tab never meets the key of another; locks are the browser's own.

import type { ClientStorage, Kept } from './storage.ts'

/** The records under this name. The database is opened for each use alone, so that it is in nobody's way. */
export function indexedDbStorage(name: string): ClientStorage {
  return {
    read: async (sessionId) => {
      const id = sessionId ?? (await transact<string>(name, (store) => store.get(newest)))
      return (id && (await transact<Kept>(name, (store) => store.get(id)))) || null
    },
    write: (kept) =>
      transact(name, (store) => {
        // A session that begins takes the place of all that somebody has lost without signing out.
        if (kept.turn === 1) store.clear()
        store.put(kept.sessionId, newest)
        store.put(kept, kept.sessionId)
      }),
    remove: (sessionId) => transact(name, (store) => void store.delete(sessionId)),
    keepsKeys: true,
    ...(navigator.locks && {
      lock: (work, waitMs) => navigator.locks.request(name, { signal: AbortSignal.timeout(waitMs) }, work),
    }),
  }
}

/** The key under which the id of the newest session stands; no session has it. */
const newest = 'newest'

function transact<Value>(
  name: string,
  use: (store: IDBObjectStore) => IDBRequest<Value> | void,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name)
    opening.onupgradeneeded = () => opening.result.createObjectStore('sessions')
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const database = opening.result
      const transaction = database.transaction('sessions', 'readwrite')
      const request = use(transaction.objectStore('sessions'))
      transaction.oncomplete = () => {
        database.close()
        resolve(request?.result as Value)
      }
      transaction.onabort = () => {
        database.close()
        reject(transaction.error)
      }
    }
  })
}
