// What surrounds the client in a page: cookies, tabs, the user who comes and goes. Outside of a page there is nothing of it.

import { indexedDbStorage } from './indexed-db.ts'
import type { Surroundings } from './ports.ts'

// docs/cookies.md: without https there are no protected names.
const hintName = ({ protocol }: URL): string => `${protocol === 'https:' ? '__Host-' : ''}latchkey-session=`

/** The page that this script runs in. */
export const page: Surroundings = {
  storage: indexedDbStorage,
  hint: (baseUrl) => {
    // Cookies of another host are not shown to us.
    if (baseUrl.hostname !== location.hostname) return undefined
    return document.cookie.match(`(?:^|; )${hintName(baseUrl)}([^;]+)`)?.[1] ?? null
  },
  dropHint: (baseUrl, sessionId) => {
    if (page.hint(baseUrl) !== sessionId) return
    // Without https there is localhost alone, which browsers take for secure.
    document.cookie = `${hintName(baseUrl)}; Path=/; Max-Age=0; Secure`
  },
  openChannel: (name, hear) => {
    const channel = globalThis.BroadcastChannel && new BroadcastChannel(name)
    if (channel) channel.onmessage = hear
    return channel
  },
  watch: (wake, sleep) => {
    const controller = new AbortController()
    const back = (): void => {
      if (page.isVisible()) wake(false)
    }
    const online = (): void => wake(true)
    const listeners = { visibilitychange: back, pageshow: back, focus: back, online, pagehide: sleep }
    for (const [name, listener] of Object.entries(listeners)) {
      // The document's events come up to the window; the focus of a field does not.
      addEventListener(name, listener, { signal: controller.signal })
    }
    return () => controller.abort()
  },
  isVisible: () => document.visibilityState === 'visible',
  isOnline: () => navigator.onLine !== false,
}
