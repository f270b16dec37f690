// The session as this tab knows it. What is fresher, and that an end is told once, is decided here; nobody is asked.

import type { Core } from './core.ts'
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
export const adopt = (core: Core, held: Held | undefined): void => {
  if (!held || held.sessionId === core.over || knows(core, held)) return
  const known = core.held?.sessionId
  const { sessionId, lifeMs } = held
  meet(core, sessionId, 'replaced')
  core.held = held
  if (known === sessionId) {
    tell(core, 'refreshed', () => ({ sessionId, expiresInSeconds: lifeMs / 1000 }))
  }
  show(core)
}

/** This session, or none, is the one that is there now; where it is not the one that was known, that one has ended so. */
export const meet = (core: Core, sessionId: string | undefined, reason: EndedReason): void => {
  const known = core.held?.sessionId
  if (!sessionId || (known && known !== sessionId)) end(core, known, reason)
  core.isNobody = !sessionId
  show(core)
}

/** This session is over. Nothing happens where another one is there, or none. */
export const end = (core: Core, sessionId: string | undefined, reason: EndedReason): void => {
  const known = core.held?.sessionId
  if (sessionId) core.over = sessionId
  if (core.isNobody || (known && known !== sessionId)) return
  core.held = core.trouble = undefined
  core.isNobody = true
  if (sessionId) tell(core, 'ended', () => ({ sessionId, reason }))
  show(core)
}

/** What is known, as an application sees it; told where it makes a difference. */
export const show = (core: Core): void => {
  const { held, isNobody, trouble } = core
  const state = {
    status: isNobody ? 'anonymous' : held ? 'authenticated' : 'unknown',
    degraded: !!trouble,
    sessionId: held?.sessionId ?? null,
    subject: held?.subject ?? null,
  } as State
  const isSame = (known?: State): boolean => JSON.stringify(known) === JSON.stringify(state)
  // What came and went meanwhile was never there.
  core.snapshot = [core.told, core.snapshot].find(isSame) ?? Object.freeze(state)
  tell(core, 'change', () => (core.told === core.snapshot ? undefined : (core.told = core.snapshot)))
}

// Listeners are told when what is under way is over, so that they may call whatever they like; of an end at once.
const tell = <Name extends ClientEventName>(
  core: Core,
  name: Name,
  eventOf: () => ClientEvents[Name] | undefined,
): void => {
  const call = (): void => {
    const event = eventOf()
    if (event) void [...core.listeners].map(async (one) => one[name]?.(event)).map((told) => told.catch(console.error))
  }
  void Promise.resolve(core.isNobody || core.busy).then(call, call)
}
