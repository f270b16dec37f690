// What happens when: one renewal at a time, one after the other with what else is asked, one channel, one timer. The timer
// is for speed alone; whatever needs a token looks at what is left of it.

import { note } from './backoff.ts'
import type { SignedOut } from './client.ts'
import { noop, type Core } from './core.ts'
import { ClientError } from './errors.ts'
import { find, forget, look } from './find.ts'
import type { Held } from './held.ts'
import { maxTimerMs } from './limits.ts'
import { locked } from './locked.ts'
import { run } from './renewal.ts'
import { end, good } from './session.ts'
import { begin, revoke } from './sign-in.ts'
import type { Kept } from './storage.ts'

/** Begins to listen; returns the way to stop. */
export function start(core: Core): () => void {
  const open = (): void => {
    core.channel ??= core.openChannel?.(`latchkey:${core.baseUrl.origin}`, () => comeBack(core))
  }
  // An open channel could keep a page out of the back-forward cache.
  const close = (): void => {
    core.channel?.close()
    core.channel = undefined
  }
  const unwatch = core.watch?.((isOnline) => {
    open()
    if (isOnline && core.trouble) core.trouble.leftMs = () => 0
    comeBack(core, true)
  }, close)
  open()
  return () => {
    unwatch?.()
    close()
    core.listeners.clear()
    core.stopTimer?.()
    core.isDisposed = true
  }
}

/**
 * A token with more than `leftMs` left, or with as much as the lead. Any token that lives does where there is none better
 * to be had, unless `leftMs` is named. Throws `SignedOut`, `RefreshRejected`, `RefreshUnavailable`, `Offline`, `Timeout`.
 */
export async function token(core: Core, leftMs?: number): Promise<Held> {
  const error = good(core, leftMs) ? undefined : await renew(core, leftMs)
  const held = good(core, leftMs ?? 0)
  if (!held) throw error ?? new ClientError(core.isNobody ? 'SignedOut' : 'RefreshUnavailable')
  return held
}

// One renewal for all who ask for no more than the others; resolves with what kept it from succeeding.
async function renew(core: Core, leftMs?: number): Promise<unknown> {
  const { trouble } = core
  if (trouble && trouble.leftMs() > 0) return trouble.error
  const settle = (error: unknown): unknown => {
    core.renewing = undefined
    succeed(core, error)
    return error
  }
  const begin = (): Promise<unknown> => alone(core, () => run(core, leftMs)).then(settle, settle)
  return leftMs === undefined ? (core.renewing ??= begin()) : begin()
}

/** Throws `SignInRefused`, `RefreshUnavailable`, `Offline`, `Timeout`. */
export const signIn = (core: Core, credentials: object): Promise<unknown> =>
  alone(core, () =>
    locked(core, async () => {
      const user = await begin(core, credentials)
      succeed(core)
      return user
    }),
  )

/** Here and in all tabs at once; at the server as soon as what is under way is over. */
export function signOut(core: Core): Promise<SignedOut> {
  const sessionId = core.held?.sessionId
  const found = find(core)
  if (sessionId) core.cookies?.dropHint(core.baseUrl, sessionId)
  end(core, sessionId, 'signed_out')
  succeed(core)
  const leave = (kept?: Kept): Promise<void> => {
    end(core, kept?.sessionId, 'signed_out')
    return forget(core, kept, 'signed_out')
  }
  found.then(leave, noop)
  return alone(core, async () => {
    const revoked = await locked(core, async () => {
      // A sign-in that was under way has brought a session by now.
      const kept = await (core.isNobody ? found : find(core))
      // What was under way, here or in another tab, may have kept it once more.
      await leave(kept)
      return revoke(core, kept)
    }).catch(() => false)
    return { revoked }
  })
}

// What is begun while something else is under way comes after it, however that ends.
function alone<Result>(core: Core, work: () => Promise<Result>): Promise<Result> {
  const next = core.busy.then(work, work)
  core.busy = next
  return next
}

function succeed(core: Core, error?: unknown): void {
  note(core, error)
  schedule(core)
}

function schedule(core: Core): void {
  const { held, trouble } = core
  core.stopTimer?.()
  const ms = trouble ? trouble.leftMs() : held && held.leftMs() - held.leadMs
  if (ms === undefined || core.isDisposed) return
  // No sooner than it is due, by a clock that has fractions.
  core.stopTimer = core.after(Math.min(Math.max(ms, 0) + 1, maxTimerMs), () => {
    // Nobody looks: coming back brings it in step.
    if (core.isVisible?.() !== false) comeBack(core, true)
  })
}

// The user, the network, or another tab's news: what this tab knows is brought in step, and renewed where it is needed.
function comeBack(core: Core, isNeeded?: boolean): void {
  const check = async (): Promise<void> => {
    const wasAnonymous = core.isNobody
    // Who is not there, or cannot be read, is met by what follows.
    await look(core).catch(noop)
    if (core.isNobody || good(core)) succeed(core)
    // Also where somebody has signed in elsewhere, and only the server can tell who.
    else if ((core.held ?? core.trouble) ? isNeeded : wasAnonymous) await token(core)
  }
  const done = (): void => schedule(core)
  // Never in the place of one that is under way: that one may have looked before there was this news.
  check().then(done, done)
}
