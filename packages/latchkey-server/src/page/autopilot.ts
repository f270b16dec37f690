// The silent renewal: shortly before the access token runs out, and after an outage, the page renews by itself.
// The timer is a convenience only. What counts is that every call checks and renews when it must, because
// performance.now() may stand still while a laptop sleeps and hidden pages do not poll.
import type { Act } from './acts.ts'
import type { Page } from './page.ts'
import { renew } from './renewal.ts'
import { causeSentence } from './sentences.ts'
import { secondsLeft } from './session.ts'
import { announce } from './views/announce.ts'
import { find } from './views/element.ts'
import { Outcome } from './views/outcome.ts'

const TICK_MS = 250
const LONGEST_LEAD_SECONDS = 5
const LONGEST_WAIT_MS = 30_000

/** Calls `onTick` four times a second while the page is visible, and renews when it is time. */
export function startAutopilot({ session, acts }: Page, onTick: () => void): void {
  const enabled = find('auto-renew', HTMLInputElement)
  const outcome = new Outcome('outcome-access')
  let failures = 0
  let notBeforeMs = 0
  let waiting = false

  const due = (): boolean => {
    const access = session.held?.access
    if (!enabled.checked || !session.alive) return false
    if (performance.now() < Math.max(notBeforeMs, session.quietUntilMs)) return false
    if (session.state === 'server unavailable') return true
    return access !== undefined && secondsLeft(access) <= Math.min(LONGEST_LEAD_SECONDS, access.lifeSeconds / 5)
  }
  const attempt = async (act: Act): Promise<void> => {
    // The acts before this one may have renewed already.
    if (!due()) return
    const renewed = await renew(session, act, 'The access token was about to run out, so the page renewed silently.')
    failures = renewed ? 0 : failures + 1
    notBeforeMs = renewed ? 0 : performance.now() + waitMs(failures)
    if (!session.alive) announce('alarm', `Session ended: ${causeSentence(session.cause)}.`)
    else if (failures === 1) announce('outage', 'The silent renewal failed. The session goes on; the page tries again.')
  }
  const tick = async (): Promise<void> => {
    if (document.hidden) return
    onTick()
    if (waiting || !due()) return
    waiting = true
    await acts.run(outcome, attempt, 'silent')
    waiting = false
  }
  setInterval(() => void tick(), TICK_MS)
  document.addEventListener('visibilitychange', () => void tick())
}

/** Doubles from one second, with full jitter above the first half, so that a crowd of pages does not return at once. */
function waitMs(failures: number): number {
  return Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (failures - 1)) * (0.5 + Math.random() / 2)
}
