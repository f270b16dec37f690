// Step 1: one request starts a session, keyed or plain. The kind is fixed here for the session's whole life.
import type { Act } from '../acts.ts'
import * as api from '../api.ts'
import type { Answer } from '../exchange.ts'
import type { Page } from '../page.ts'
import { causeSentence, explain } from '../sentences.ts'
import { canHoldKey, importSessionKey } from '../session-key.ts'
import { isOutage, type Session } from '../session.ts'
import { find } from '../views/element.ts'
import { clearOutcomes, Outcome } from '../views/outcome.ts'

export function mountSignIn({ session, acts }: Page): void {
  const form = find('sign-in-form', HTMLFormElement)
  const outcome = new Outcome('outcome-sign-in')
  if (!canHoldKey) offerPlainOnly()
  let busy = false
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (busy) return
    busy = true
    void acts
      .run(outcome, (act) => signIn(session, act))
      .finally(() => {
        busy = false
      })
  })
  let wasAlive = false
  session.onChange(() => {
    // "You are signed in" must not outlive the session.
    if (wasAlive && !session.alive) outcome.clear()
    wasAlive = session.alive
    render(session)
  })
  render(session)
}

async function signIn(session: Session, act: Act): Promise<void> {
  const username = find('username', HTMLInputElement).value
  const password = find('password', HTMLInputElement)
  const answer = await api.login(username, password.value, find('kind-keyed', HTMLInputElement).checked)
  session.hear(answer)
  const { sessionKey } = answer.body
  const key = typeof sessionKey === 'string' ? await importSessionKey(sessionKey) : undefined
  if (!session.begin(answer, nameOf(answer.body['user'], username), key)) {
    sayFailure(act, answer)
    return password.focus()
  }
  password.value = ''
  clearOutcomes()
  act.record(answer, 'User name and password for two tokens. The page drops the password at once.')
  act.say('good', `You are signed in. The server gave an access token and a refresh token. ${key ? KEYED : PLAIN}`)
  // The form is gone now, and the focus with it: it goes on where the page goes on.
  find('signed-in', HTMLElement).focus()
}

const KEYED =
  'It also gave a session key, once. The browser now holds the key so that script can use it, but not read it.'
const PLAIN = 'There is no session key, so the refresh token alone renews the session.'

function sayFailure(act: Act, answer: Answer): void {
  const sentence =
    answer.status === 401
      ? 'User name or password is wrong. The server does not say which.'
      : answer.status === 200
        ? 'The answer is not what this page understands. Is something between you and the server?'
        : explain(answer)
  act.record(answer, sentence)
  act.say(isOutage(answer) ? 'outage' : 'alarm', sentence)
}

function nameOf(user: unknown, typed: string): string {
  if (typeof user === 'string') return user
  if (typeof user !== 'object' || user === null) return typed
  const name: unknown = 'username' in user ? user.username : 'name' in user ? user.name : undefined
  return typeof name === 'string' ? name : typed
}

/** Without WebCrypto, which browsers give to https and localhost only, a session cannot be keyed. */
function offerPlainOnly(): void {
  find('kind-keyed', HTMLInputElement).disabled = true
  find('kind-plain', HTMLInputElement).checked = true
  find('no-key-hint', HTMLElement).hidden = false
}

function render(session: Session): void {
  const { held, state, alive } = session
  find('sign-in-form', HTMLElement).hidden = alive
  find('signed-in', HTMLElement).hidden = !alive
  find('later-hint', HTMLElement).hidden = alive
  find('sign-in-link', HTMLElement).hidden = alive
  const kind = held?.key ? 'keyed' : 'plain'
  find('who', HTMLElement).textContent = alive && held ? `${held.user}, ${kind} session` : ''
  find('signed-in-as', HTMLElement).textContent = held ? `${held.user}, in a ${kind} session` : ''
  find('session-cause', HTMLElement).textContent =
    state === 'session ended'
      ? causeSentence(session.cause)
      : state === 'server unavailable'
        ? 'no session is lost'
        : ''
  const place = find('session-state', HTMLElement)
  place.textContent = state
  place.dataset['state'] = state
  document.body.dataset['kind'] = alive ? kind : ''
}
