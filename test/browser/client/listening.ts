// A scripted eavesdropper in every page: it hears all messages between tabs as another script of the origin would, and
// reads all that script can find of what is kept.

import type { BrowserContext, Page } from 'playwright-core'

/** Runs before the page's own script: keeps every message that it posts, bytes as they are. */
export const listen = `(() => {
  const heard = (window.heard = [])
  const text = (value) =>
    JSON.stringify(value, (_name, part) => {
      const bytes = part instanceof ArrayBuffer ? new Uint8Array(part) : ArrayBuffer.isView(part) ? new Uint8Array(part.buffer) : null
      return bytes === null ? part : String.fromCharCode(...bytes)
    })
  const post = BroadcastChannel.prototype.postMessage
  BroadcastChannel.prototype.postMessage = function (message) {
    heard.push(text(message))
    return post.call(this, message)
  }
})()`

/** All messages that this page has posted to other tabs. */
export const messagesOf = (page: Page): Promise<string[]> => page.evaluate<string[]>('heard')

/** What script finds in this page: storages, cookies, address, history, global names. */
export const findable = (page: Page): Promise<string> =>
  page.evaluate<string>(`JSON.stringify([
    { ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state, window.name,
    Object.keys(window),
  ])`)

/** Every record of the page's databases as text, with what its keys are; a key that could be read out is read out. */
export const recordsOf = (page: Page): Promise<string> =>
  page.evaluate<string>(`(async () => {
    const ask = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
    const show = async (value) => {
      if (value instanceof CryptoKey) {
        const read = await crypto.subtle.exportKey('raw', value).catch(() => null)
        return { key: value.algorithm.name, read: read && String.fromCharCode(...new Uint8Array(read)) }
      }
      if (value instanceof ArrayBuffer) return String.fromCharCode(...new Uint8Array(value))
      if (ArrayBuffer.isView(value)) return String.fromCharCode(...new Uint8Array(value.buffer))
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([name, part]) => [name, await show(part)])))
    }
    const found = []
    for (const { name, version } of await indexedDB.databases()) {
      const database = await ask(indexedDB.open(name, version))
      for (const store of database.objectStoreNames) {
        for (const record of await ask(database.transaction(store).objectStore(store).getAll())) found.push(await show(record))
      }
      database.close()
    }
    return JSON.stringify(found)
  })()`)

/** Has the browser throw the databases of our origin away, as it does when it is short of room. */
export async function evict(context: BrowserContext, page: Page, origin: string): Promise<void> {
  const session = await context.newCDPSession(page)
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' })
}
