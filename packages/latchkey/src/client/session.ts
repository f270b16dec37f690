// The session as this tab knows it. What is fresher, and that an end is told once, is decided here; nobody is asked.

import { anonymous, unknown, type Core } from './core.ts'
import type { EndedReason } from './errors.ts'
import type { Held } from './held.ts'
import type { ClientEventName, ClientEvents, State } from './state.ts'
import type { Kept } from './storage.ts'

/** The token, if it has more than this left; where nothing is said, if its renewal is not due yet. */
export const good = ({ held }: Core, leftMs: number = held?.leadMs ?? 0): Held | undefined =>
  held && held.leftMs() > leftMs ? held : undefined

/** Whether there is a token of this turn of this session, or a fresher one. */
export const knows = ({ held }: Core, { sessionId, turn }: Pick<Kept, 'sessionId' | 'turn'>): boolean =>
  held?.sessionId === sessionId && held.turn >= turn

/** Takes a token, unless there is none, or it is known. */
export function adopt(core: Core, held: Held | undefined): void {
  if (!held || held.sessionId === core.over || knows(core, held)) return
  const known = core.state.sessionId
  const { sessionId, subject, lifeMs } = held
  meet(core, sessionId, 'replaced')
  core.held = held
  if (known === sessionId) {
    tell(core, 'refreshed', () => ({ sessionId, expiresInSeconds: Math.round(lifeMs / 1000) }))
  }
  become(core, { status: 'authenticated', degraded: false, sessionId, subject })
}

/** This session, or none, is the one that is there now; where it is not the one that was known, that one has ended so. */
export function meet(core: Core, sessionId: string | undefined, reason: EndedReason): void {
  const known = core.state.sessionId
  if (!sessionId || (known && known !== sessionId)) end(core, known, reason)
  if (sessionId && core.state === anonymous) become(core, unknown)
}

/** This session is over. Nothing happens where another one is there, or none. */
export function end(core: Core, sessionId: string | null, reason: EndedReason): void {
  const known = core.state.sessionId
  if (sessionId) core.over = sessionId
  if (core.state === anonymous || (known && known !== sessionId)) return
  core.held = undefined
  core.state = anonymous
  if (sessionId) tell(core, 'ended', () => ({ sessionId, reason }))
  become(core, anonymous)
}

/** This is the state from now on; told where it makes a difference. */
export function become(core: Core, state: State): void {
  // What came and went meanwhile was never there.
  core.state = JSON.stringify(state) === JSON.stringify(core.told) ? core.told : Object.freeze(state)
  tell(core, 'change', () => (core.told === core.state ? undefined : (core.told = core.state)))
}

// Listeners are told when what is under way is over, so that they may call whatever they like; of an end at once.
function tell<Name extends ClientEventName>(
  core: Core,
  name: Name,
  eventOf: () => ClientEvents[Name] | undefined,
): void {
  const call = (): void => {
    const event = eventOf()
    for (const listeners of event ? [...core.listeners] : []) {
      try {
        listeners[name]?.(event as ClientEvents[Name])
      } catch (error) {
        console.error(error)
      }
    }
  }
  void Promise.resolve(core.state !== anonymous && core.busy).then(call, call)
}
