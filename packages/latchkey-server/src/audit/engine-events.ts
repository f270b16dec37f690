// What the engine tells (docs/events.md), as rows of the trail: who, which session, from where; and what is left out
// because it is no anomaly (a renewal, the token before the newest) or because anybody can cause it for ever with a dead
// token (`expired`). Of a device only the label is kept, not the user agent (PR-1).

import type { EventName, Events, Latchkey, Origin, SessionView } from 'latchkey'
import type { AuditDraft } from './record.ts'

type Told<Name extends EventName> = Events[Name] & { readonly at: number }

/** How each event is written; undefined where this one is not worth a row. */
const drafts: { readonly [Name in EventName]?: (event: Told<Name>) => AuditDraft | undefined } = {
  signed_in: ({ at, session }) => ({
    ...about(at, session),
    event: 'signed_in',
    label: session.device.label,
    place: session.device.place,
    details: { proof: session.proof, transport: session.transport },
  }),
  sign_in_refused: ({ at, account, subject, origin }) => ({
    at,
    event: 'sign_in_refused',
    account,
    subject,
    ...cameFrom(origin),
  }),
  throttled: ({ at, what, account, sessionId, origin }) => ({
    at,
    event: 'throttled',
    account,
    session: sessionId,
    ...cameFrom(origin),
    details: { what },
  }),
  again: ({ at, session, depth, origin }) =>
    depth < 2 ? undefined : { ...about(at, session), event: 'again', ...cameFrom(origin), details: { depth } },
  healed: ({ at, session, depth }) => ({ ...about(at, session), event: 'healed', details: { depth } }),
  store_regressed: ({ at, session, depth }) => ({
    ...about(at, session),
    event: 'store_regressed',
    details: { depth },
  }),
  unproved: ({ at, sessionId, generation, origin }) => ({
    at,
    event: 'unproved',
    session: sessionId,
    ...cameFrom(origin),
    details: { generation },
  }),
  replayed: ({ at, sessionId, origin }) => ({ at, event: 'replayed', session: sessionId, ...cameFrom(origin) }),
  reuse: ({ at, session, depth, origin }) => ({
    ...about(at, session),
    event: 'reuse',
    ...cameFrom(origin),
    details: { depth, generation: session.generation, device: deviceOf(session) },
  }),
  revoked: ({ at, session, reason, origin }) => ({
    ...about(at, session),
    event: 'revoked',
    ...cameFrom(origin),
    details: { reason },
  }),
  evicted: ({ at, session }) => ({ ...about(at, session), event: 'evicted', details: { device: deviceOf(session) } }),
}

const about = (at: number, { id, subject, client }: SessionView): Omit<AuditDraft, 'event'> => ({
  at,
  session: id,
  subject,
  client,
})

const cameFrom = ({ label, place, actor }: Origin): Partial<AuditDraft> => ({
  ...(label === undefined ? {} : { label }),
  ...(place === undefined ? {} : { place }),
  ...(actor === undefined ? {} : { actor }),
})

// Both sides of a reuse must be seen: where the session began, beside who came.
const deviceOf = ({ device: { label, place } }: SessionView): { readonly label: string; readonly place: string } => ({
  label,
  place,
})

/** Hands every event that is worth a row to `note`; returns the stop. */
export function watchEngine(latchkey: Pick<Latchkey, 'on'>, note: (draft: AuditDraft) => void): () => void {
  const stops = (Object.keys(drafts) as (keyof typeof drafts)[]).map((name) => {
    // Of this name's event: `on` hands over no other.
    const draftOf = drafts[name] as (event: Told<EventName>) => AuditDraft | undefined
    return latchkey.on(name, (event) => {
      const draft = draftOf(event)
      if (draft !== undefined) note(draft)
    })
  })
  return () => stops.forEach((stop) => stop())
}
