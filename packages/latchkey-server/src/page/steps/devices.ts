// Step 5: where the user is signed in, and an end to each of it.
import type { Act } from '../acts.ts'
import * as api from '../api.ts'
import type { Json } from '../exchange.ts'
import { guardedCall, sayRefusal } from '../guarded-call.ts'
import { type Page, wireButton } from '../page.ts'
import { explain } from '../sentences.ts'
import type { Session } from '../session.ts'
import { renderDevice, type Device } from '../views/device.ts'
import { find } from '../views/element.ts'
import { Outcome } from '../views/outcome.ts'

export function mountDevices(page: Page): void {
  const { session } = page
  const outcome = new Outcome('outcome-devices')
  wireButton(page, {
    id: 'list-sessions',
    outcome,
    available: ({ alive }) => alive,
    work: (act) => list(page, outcome, act),
  })
  session.onChange(() => {
    if (!session.alive) find('sessions', HTMLElement).replaceChildren()
  })
}

async function list(page: Page, outcome: Outcome, act: Act): Promise<void> {
  const answer = await guardedCall(page.session, act, api.sessions)
  if (!answer) return
  if (answer.status !== 200) return sayRefusal(page.session, act, answer)
  const devices = readDevices(answer.body)
  act.record(answer, 'The list shows public ids. The session id inside the refresh token never leaves it.')
  const end = (device: Device): Promise<void> => page.acts.run(outcome, (next) => endOne(page, outcome, next, device))
  find('sessions', HTMLElement).replaceChildren(...devices.map((device) => renderDevice(device, end)))
  const count = devices.length === 1 ? '1 session' : `${devices.length} sessions`
  act.say('good', `You have ${count}. A lost phone is one click: ending a session works at once.`)
}

async function endOne(page: Page, outcome: Outcome, act: Act, device: Device): Promise<void> {
  const { session } = page
  const answer = await guardedCall(session, act, (accessToken) => api.endSession(accessToken, device.id))
  if (!answer) return
  if (answer.status !== 204) return sayRefusal(session, act, answer)
  act.record(answer, 'The server revokes that session, durably, before it answers.')
  if (device.current) return showOwnEnd(session, act)
  await list(page, outcome, act)
  act.say('good', `${device.label} is signed out. Its access token is refused from now on, and its refresh token too.`)
  find('list-sessions', HTMLElement).focus()
}

async function showOwnEnd(session: Session, act: Act): Promise<void> {
  session.end('revoked')
  const answer = await guardedCall(session, act, api.me)
  if (answer) act.record(answer, `${explain(answer)} The access token had not run out, and is refused all the same.`)
  act.say('alarm', 'Session ended: it was this one. Sign in again to go on.')
  find('username', HTMLElement).focus()
}

function readDevices({ sessions }: Json): Device[] {
  if (!Array.isArray(sessions)) return []
  const members: unknown[] = sessions
  return members.flatMap((member) => {
    if (typeof member !== 'object' || member === null) return []
    const fields: Json = { ...member }
    const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '')
    return {
      id: text('id'),
      label: text('label') || 'A device without a name',
      createdAt: text('createdAt'),
      lastSeenAt: text('lastSeenAt'),
      place: text('place'),
      current: fields['current'] === true,
    }
  })
}
