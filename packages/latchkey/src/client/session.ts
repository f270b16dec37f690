// The session as this tab knows it. What is fresher, and that an end is told once, is decided here; nobody is asked.

import { anonymous, unknown, type Core } from './core.ts'
import type { EndedReason } from './errors.ts'
import type { Held } from './held.ts'
import type { ClientEventName, ClientEvents, State } from './state.ts'

/** The token, if it has more than this left. */
export const good = ({ held }: Core, leftMs = 0): Held | undefined =>
  held && held.leftMs() > leftMs ? held : undefined

/** The token, if its renewal is not due yet. */
export const fresh = (core: Core): Held | undefined => good(core, core.held?.leadMs)

/** Takes a token, unless there is none, or a fresher one of the same session. */
export function adopt(core: Core, held: Held | undefined): void {
  const { held: last, state } = core
  if (!held || (last?.sessionId === held.sessionId && last.turn >= held.turn)) return
  const { sessionId, subject, lifeMs } = held
  meet(core, sessionId, 'replaced')
  core.held = held
  if (state.sessionId === sessionId) {
    tell(core, 'refreshed', () => ({ sessionId, expiresInSeconds: Math.round(lifeMs / 1000) }))
  }
  become(core, { status: 'authenticated', degraded: false, sessionId, subject })
}

/** A server has refused this token, whatever the clock says. */
export function refuse(core: Core, held: Held): void {
  if (core.held === held) core.held = { ...held, leftMs: () => 0 }
}

/** This session, or none, is the one that is there now; where it is not the one that was known, that one has ended so. */
export function meet(core: Core, sessionId: string | undefined, reason: EndedReason): void {
  const known = core.state.sessionId
  if (known ? known !== sessionId : !sessionId) end(core, known, reason)
  if (sessionId && core.state === anonymous) become(core, unknown)
}

/** This session is over. Nothing happens where another one is there, or none. */
export function end(core: Core, sessionId: string | null, reason: EndedReason): void {
  const known = core.state.sessionId
  if (core.state === anonymous || (known && known !== sessionId)) return
  core.epoch += 1
  core.held = undefined
  core.state = anonymous
  if (sessionId) tell(core, 'ended', () => ({ sessionId, reason }))
  become(core, anonymous)
}

/** Whether renewals are failing for now. */
export function degrade(core: Core, degraded: boolean): void {
  if (core.state !== anonymous) become(core, { ...core.state, degraded } as State)
}

function become(core: Core, state: State): void {
  if (!isSame(core.state, state)) core.state = Object.freeze(state)
  // What came and went meanwhile was never there.
  tell(core, 'change', () => (isSame(core.told, core.state) ? undefined : (core.told = core.state)))
}

const isSame = (one: State, other: State): boolean => JSON.stringify(one) === JSON.stringify(other)

// Listeners are told when what is under way is over, so that they may call whatever they like; of an end at once.
function tell<Name extends ClientEventName>(
  { busy, listeners, state }: Core,
  name: Name,
  eventOf: () => ClientEvents[Name] | undefined,
): void {
  const call = (): void => {
    const event = eventOf()
    for (const listener of event ? [...listeners] : []) {
      try {
        listener(name, event as ClientEvents[Name])
      } catch (error) {
        console.error(error)
      }
    }
  }
  void (state === anonymous ? Promise.resolve() : busy).then(call, call)
}
