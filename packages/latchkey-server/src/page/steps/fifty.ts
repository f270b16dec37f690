// Step 4, third part: fifty requests at once with one token. They may not make fifty successors, nor end the session.
import type { Act } from '../acts.ts'
import * as api from '../api.ts'
import type { Answer } from '../exchange.ts'
import { type Page, wireButton } from '../page.ts'
import { proofFor } from '../renewal.ts'
import { explain } from '../sentences.ts'
import type { Session } from '../session.ts'
import { element, find } from '../views/element.ts'
import { Outcome } from '../views/outcome.ts'

const FIFTY = 50

export function mountFifty(page: Page): void {
  const { session } = page
  wireButton(page, {
    id: 'fifty',
    outcome: new Outcome('outcome-fifty'),
    available: ({ alive }) => alive,
    work: (act) => sendFifty(session, act),
  })
  session.onChange(() => {
    if (!session.alive) find('fifty-grid', HTMLElement).hidden = true
  })
}

async function sendFifty(session: Session, act: Act): Promise<void> {
  const before = session.held?.generation
  const answers = await volleyWithFreshNonce(session, act)
  const successes = answers.filter(({ status }) => status === 200)
  const refused = answers.find(({ status }) => status !== 200)
  // One of them is enough to act on: an end outweighs a success, and all successes must be alike.
  const telling = answers.find(({ status }) => status === 403) ?? successes[0] ?? refused
  if (!telling) return
  const settled = session.settle(telling)
  const successors = new Set(successes.map(({ body }) => body['refreshToken'])).size
  renderGrid(answers, successes.length, successors)
  recordByStatus(act, answers, 'Fifty requests at once, all with the same refresh token.')
  const count = `${successes.length} of ${FIFTY} succeeded`
  if (settled !== 'rotated' && settled !== 'again') {
    return act.say(settled === 'unavailable' ? 'outage' : 'alarm', `${explain(telling)} ${count}.`)
  }
  if (successors !== 1) return act.say('alarm', `${count}, with ${successors} different successors. That must not be.`)
  const turned = `Generation ${before} became ${session.held?.generation}, once.`
  act.say('good', `${count}, and all carry one and the same successor. ${turned}`)
}

async function volleyWithFreshNonce(session: Session, act: Act): Promise<readonly Answer[]> {
  const answers = await volley(session)
  const fresh = answers.find(({ status, nonce }) => status === 401 && nonce)
  if (!fresh) return answers
  session.hear(fresh)
  recordByStatus(act, answers, 'The nonce was too old, so the page proves again with the new one.')
  return volley(session)
}

/** One proof for all: they are copies of one request, as a nervous client would send them. */
async function volley({ held }: Session): Promise<readonly Answer[]> {
  if (!held) return []
  const proof = await proofFor(held, held.refreshToken)
  return Promise.all(Array.from({ length: FIFTY }, () => api.token(held.refreshToken, proof)))
}

/** Fifty entries would bury the journal: one is shown for each status, with its number. */
function recordByStatus(act: Act, answers: readonly Answer[], note: string): void {
  for (const status of new Set(answers.map((answer) => answer.status))) {
    const alike = answers.filter((answer) => answer.status === status)
    const [first] = alike
    if (first) act.record({ ...first, exchange: { ...first.exchange, times: alike.length } }, note)
  }
}

function renderGrid(answers: readonly Answer[], successes: number, successors: number): void {
  const grid = find('fifty-grid', HTMLElement)
  const dots = answers.map(({ status }) => {
    const dot = element('span', 'dot')
    dot.dataset['class'] = String(Math.floor(status / 100))
    return dot
  })
  grid.replaceChildren(...dots)
  grid.hidden = false
  grid.dataset['successes'] = String(successes)
  grid.dataset['successors'] = String(successors)
  grid.setAttribute(
    'aria-label',
    `${successes} of ${answers.length} requests succeeded; different successors: ${successors}`,
  )
}
