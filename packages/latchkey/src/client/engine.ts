// What all clients of one server share in a page: one session, one renewal at a time, one channel, one timer. The timer is
// for speed alone; whatever needs a token looks at what is left of it.

import { note } from './backoff.ts'
import type { SignedOut } from './client.ts'
import { anonymous, noop, type Core } from './core.ts'
import { ClientError, codeOf } from './errors.ts'
import { find, forget, hintOf, look } from './find.ts'
import type { Held } from './held.ts'
import { maxTimerMs } from './limits.ts'
import { locked } from './locked.ts'
import { run } from './renewal.ts'
import { degrade, end, fresh, good } from './session.ts'
import { begin, revoke } from './sign-in.ts'

/** Begins to listen; returns the way to stop. */
export function start(core: Core): () => void {
  const open = (): void => {
    core.channel ??= core.openChannel?.(`latchkey:${core.baseUrl}`, () => comeBack(core, false))
  }
  // An open channel could keep a page out of the back-forward cache.
  const close = (): void => {
    core.channel?.close()
    core.channel = undefined
  }
  const unwatch = core.watch?.((isOnline) => {
    open()
    if (isOnline) core.wait = () => 0
    comeBack(core, true)
  }, close)
  open()
  return () => {
    unwatch?.()
    close()
    core.listeners.clear()
    core.stopTimer()
    core.after = () => noop
  }
}

/** Whether there is nobody to renew for; a visitor costs the server nothing. */
export const isAnonymous = (core: Core): boolean => core.state === anonymous && !hintOf(core)

/**
 * A token with more than `leftMs` left, or with as much as the lead. Any token that lives does where there is none better
 * to be had, unless `leftMs` is named. Throws `SignedOut`, `RefreshRejected`, `RefreshUnavailable`, `Offline`, `Timeout`.
 */
export async function token(core: Core, leftMs?: number): Promise<Held> {
  const enough = (): Held | undefined => (leftMs === undefined ? fresh(core) : good(core, leftMs))
  try {
    if (!enough()) {
      const isJoining = core.renewing
      await renew(core, enough)
      // Whom one has joined may have been content with less.
      if (isJoining && !enough()) await renew(core, enough)
    }
  } catch (error) {
    if (leftMs !== undefined || !good(core)) throw error
  }
  const held = good(core, leftMs)
  if (!held) throw new ClientError(core.state === anonymous ? 'SignedOut' : 'RefreshUnavailable')
  return held
}

// One renewal for all who ask meanwhile.
async function renew(core: Core, enough: () => Held | undefined): Promise<void> {
  if (core.failure && core.wait() > 0) throw core.failure
  const settle = (error?: unknown): void => {
    core.renewing = undefined
    succeed(core, error)
    if (error) throw error
  }
  await (core.renewing ??= alone(core, () => run(core, enough)).then(settle, settle))
}

/** Throws `SignInRefused`, `RefreshUnavailable`, `Offline`, `Timeout`. */
export const signIn = (core: Core, credentials: object): Promise<unknown> =>
  alone(core, async () => {
    const user = await locked(core, () => begin(core, credentials))
    succeed(core)
    return user
  })

/** Here and in all tabs at once; at the server as soon as what is under way is over. */
export function signOut(core: Core): Promise<SignedOut> {
  const { sessionId } = core.state
  const found = find(core).catch(noop)
  if (core.inCookies && sessionId) core.dropHint?.(core.baseUrl, sessionId)
  end(core, sessionId, 'signed_out')
  succeed(core)
  const leave = async (): Promise<void> => {
    const kept = await found
    if (kept) await forget(core, kept, 'signed_out')
  }
  const left = leave()
  return alone(core, async () => {
    await left
    const revoked = await locked(core, async () => {
      // What was under way, here or in another tab, may have kept it once more.
      await leave()
      return revoke(core, await found)
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

// What comes of a renewal: an end is none of the troubles that pass.
function succeed(core: Core, error?: unknown): void {
  const failure = /^(SignedOut|RefreshRejected)$/.test(`${codeOf(error)}`) ? undefined : error
  note(core, failure)
  degrade(core, !!failure)
  schedule(core)
}

function schedule(core: Core): void {
  const { held, failure } = core
  core.stopTimer()
  const ms = failure ? core.wait() : held && held.leftMs() - held.leadMs
  if (ms === undefined) return
  core.stopTimer = core.after(Math.ceil(Math.min(Math.max(ms, 0), maxTimerMs)), () => {
    // Nobody looks: coming back brings it in step.
    if (core.isVisible?.() !== false) comeBack(core, true)
  })
}

// The user, the network, or another tab's news: what this tab knows is brought in step, and renewed where it is needed.
function comeBack(core: Core, isNeeded: boolean): void {
  const check = async (): Promise<void> => {
    await look(core)
    if (fresh(core)) succeed(core)
    else if (isNeeded && (core.held ?? core.failure)) await token(core)
  }
  const done = (): void => {
    core.waking = undefined
    schedule(core)
  }
  core.waking ??= check().then(done, done)
}
