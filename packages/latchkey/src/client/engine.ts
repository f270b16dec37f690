// What happens when: one renewal at a time, one after the other with what else is asked, one channel, one timer. The timer
// is for speed alone; whatever needs a token looks at what is left of it.

import { note } from './backoff.ts'
import type { SignedOut } from './client.ts'
import { noop, type Core } from './core.ts'
import { clientError } from './errors.ts'
import { find, forget, look } from './find.ts'
import type { Held } from './held.ts'
import { maxTimerMs, minPauseMs } from './limits.ts'
import { locked } from './locked.ts'
import { run } from './renewal.ts'
import { end, good } from './session.ts'
import { begin, revoke } from './sign-in.ts'
import type { Kept } from './storage.ts'

/** Begins to listen; returns the way to stop. */
export const start = (core: Core): (() => void) => {
  const open = (): void => {
    core.channel ??= core.openChannel?.(`latchkey:${core.base.origin}`, () => comeBack(core))
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
export const token = async (core: Core, leftMs?: number, isLast?: boolean): Promise<Held> => {
  const { held } = core
  let found = good(core, leftMs)
  if (found) return found
  // Due, like any other whose time has come; unless no token of this server's lives so long.
  if (held && (leftMs ?? 0) < held.lifeMs) held.leadMs = Infinity
  const error = await renew(core)
  found = good(core, leftMs ?? 0)
  if (found) return found
  // Once more, where what was under way was content with less.
  if (leftMs && !error && !isLast) return token(core, leftMs, true)
  throw error ?? clientError(core.isNobody ? 'SignedOut' : 'RefreshUnavailable')
}

// One renewal for all who ask; resolves with what kept it from succeeding.
const renew = async (core: Core): Promise<unknown> => {
  const { trouble } = core
  if (trouble && trouble.leftMs() > 0) return trouble.error
  const settle = (error: unknown): unknown => {
    core.renewing = undefined
    succeed(core, error)
    return error
  }
  return (core.renewing ??= alone(core, () => run(core)).then(settle, settle))
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
export const signOut = (core: Core): Promise<SignedOut> => {
  const sessionId = core.held?.sessionId
  const found = find(core)
  if (sessionId) core.cookies?.dropHint(core.base, sessionId)
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
const alone = <Result>(core: Core, work: () => Promise<Result>): Promise<Result> => {
  const next = core.busy.then(work, work)
  core.busy = next
  return next
}

const succeed = (core: Core, error?: unknown): void => {
  note(core, error)
  schedule(core)
}

const schedule = (core: Core): void => {
  const { held, trouble } = core
  core.stopTimer?.()
  // What is due is not due again at once: another tab may be at it, or a lock be broken.
  const ms = trouble ? trouble.leftMs() : held && Math.max(held.leftMs() - held.leadMs, minPauseMs)
  if (ms === undefined || core.isDisposed) return
  // No sooner than it is due, by a clock that has fractions.
  core.stopTimer = core.after(Math.min(ms + 1, maxTimerMs), () => {
    // Nobody looks: coming back brings it in step.
    if (core.isVisible?.() !== false) comeBack(core, true)
  })
}

// The user, the network, or another tab's news: what this tab knows is brought in step, and renewed where it is needed.
const comeBack = (core: Core, isNeeded?: boolean): void => {
  const check = async (): Promise<void> => {
    const wasKnown = core.isNobody || core.held
    // Who is not there, or cannot be read, is met by what follows.
    await look(core).catch(noop)
    if (core.isNobody || good(core)) succeed(core)
    // Also where somebody has signed in elsewhere, and only the server can tell who.
    else if ((core.held ?? core.trouble) ? isNeeded : wasKnown) await token(core)
  }
  const done = (): void => schedule(core)
  // Never in the place of one that is under way: that one may have looked before there was this news.
  check().then(done, done)
}
