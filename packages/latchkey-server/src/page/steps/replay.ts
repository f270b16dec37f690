// Step 4, first part: an old refresh token is presented again by the page that once owned it.
import type { Act } from '../acts.ts'
import * as api from '../api.ts'
import { type Page, wireButton } from '../page.ts'
import { present, renew } from '../renewal.ts'
import { causeSentence, explain, seconds } from '../sentences.ts'
import { secondsLeft, type EarlierToken, type Session } from '../session.ts'
import { element, find } from '../views/element.ts'
import { Outcome } from '../views/outcome.ts'

// The server's default. The page cannot know another setting, and says "about".
const LEEWAY_SECONDS = 10

export function mountReplay(page: Page): void {
  const { session } = page
  wireButton(page, {
    id: 'replay',
    outcome: new Outcome('outcome-replay'),
    available: ({ alive }) => alive,
    work: (act) => replay(session, act),
  })
  const render = (): void => renderChoice(session.held?.earlier ?? [])
  session.onChange(render)
  render()
}

async function replay(session: Session, act: Act): Promise<void> {
  const none = session.held?.earlier.length === 0
  if (none && !(await renew(session, act, 'There was no old token yet, so the page renewed first.'))) return
  const before = session.held
  const chosen = Number(find('replay-generation', HTMLSelectElement).value)
  const old = before?.earlier.find(({ generation }) => generation === chosen)
  if (!before || !old) return
  const answer = await present(session, act, old.text)
  const settled = session.settle(answer)
  if (settled === 'again') {
    const same = answer.body['refreshToken'] === before.refreshToken ? ', the same to the last character' : ''
    act.record(answer, `Token ${old.generation} is old. The answer is token ${before.generation} again${same}.`)
    act.say('good', before.key ? KEYED_AGAIN : PLAIN_AGAIN)
  } else if (settled === 'ended') {
    act.record(answer, explain(answer))
    await showAlarm(session, act)
  } else {
    act.record(answer, explain(answer))
    act.say(settled === 'unavailable' ? 'outage' : 'alarm', `${explain(answer)} The session goes on.`)
  }
}

const KEYED_AGAIN =
  'Nothing is lost. The proof shows that the owner is asking again, so the server gives the one successor again, however late.'
const PLAIN_AGAIN =
  'Inside the leeway the server takes a repeat for a lost answer, and gives the one successor again. A moment later it would have been the alarm.'

/** The access token is shown to be worthless at once, long before its time has run out. */
async function showAlarm(session: Session, act: Act): Promise<void> {
  const access = session.held?.access
  const end = `Session ended: ${causeSentence(session.cause)}. The server cannot tell owner and thief apart here, so it stops both.`
  if (!access) return act.say('alarm', end)
  const answer = await api.me(access.text)
  session.hear(answer)
  const left = seconds(secondsLeft(access))
  act.record(answer, `${explain(answer)} The access token had ${left} left, and is refused already.`)
  act.say('alarm', end)
}

function renderChoice(earlier: readonly EarlierToken[]): void {
  const select = find('replay-generation', HTMLSelectElement)
  const wanted = earlier.map(({ generation }) => String(generation))
  const present = Array.from(select.options, ({ value }) => value)
  if (wanted.length > 0 && wanted.join() === present.join()) return
  const names = wanted.map((value, index) => `Generation ${value}${index === 0 ? ', the last one' : ''}`)
  const options = wanted.map((value, index) => Object.assign(element('option', '', names[index] ?? ''), { value }))
  select.replaceChildren(...options)
  if (options.length === 0) select.append(element('option', '', 'None yet: renews first'))
}

/** Shows how much of the leeway is left; called with every tick. */
export function showLeeway({ held, alive }: Session): void {
  const place = find('leeway', HTMLElement)
  place.hidden = !alive || held?.key !== undefined || held?.rotatedAtMs === undefined
  const since = (performance.now() - (held?.rotatedAtMs ?? 0)) / 1000
  const left = Math.ceil(LEEWAY_SECONDS - since)
  const text = left > 0 ? `Leeway: about ${left} s left` : 'Leeway: over. A replay now is the alarm.'
  if (place.textContent !== text) place.textContent = text
}
