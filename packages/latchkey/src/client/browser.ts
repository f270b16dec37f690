// What surrounds the client in a page: cookies, tabs, the user who comes and goes. Outside of a page there is nothing of it.

import { indexedDbStorage } from './indexed-db.ts'
import type { Surroundings } from './ports.ts'

// docs/cookies.md: without https there are no protected names.
const hintName = (baseUrl: URL): string => `${baseUrl.protocol === 'https:' ? '__Host-' : ''}latchkey-session=`

/** The page that this script runs in. */
export const page: Surroundings = {
  storage: indexedDbStorage,
  hint: (baseUrl) => {
    // Cookies of another host are not shown to us.
    if (baseUrl.hostname !== location.hostname) return undefined
    return `; ${document.cookie}`.split(`; ${hintName(baseUrl)}`)[1]?.split(';')[0] || null
  },
  dropHint: (baseUrl, sessionId) => {
    if (page.hint(baseUrl) !== sessionId) return
    // Without https there is localhost alone, which browsers take for secure.
    document.cookie = `${hintName(baseUrl)}; Path=/; Max-Age=0; Secure`
  },
  openChannel: (name, hear) => {
    if (!globalThis.BroadcastChannel) return undefined
    const channel = new BroadcastChannel(name)
    channel.addEventListener('message', hear)
    return channel
  },
  watch: (wake, sleep) => {
    const controller = new AbortController()
    const { signal } = controller
    const back = (): void => {
      if (!document.hidden) wake(false)
    }
    // The document's events come up to the window; the focus of a field does not.
    addEventListener('visibilitychange', back, { signal })
    addEventListener('pageshow', back, { signal })
    addEventListener('focus', back, { signal })
    addEventListener('online', () => wake(true), { signal })
    addEventListener('pagehide', sleep, { signal })
    return () => controller.abort()
  },
  isVisible: () => !document.hidden,
  isOnline: () => navigator.onLine,
}
