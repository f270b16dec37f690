// The page of the example: it signs in, shows a list that only its owner may read, and says what becomes of the session.
// Of renewal, tabs, outages and keys there is no line here; the client sees to them.

import { createClient, isClientError, type EndedReason, type State } from 'latchkey/client'

const client = createClient<{ name: string }>({ baseUrl: '/' })

const because: Readonly<Record<EndedReason, string>> = {
  signed_out: 'you signed out.',
  expired: 'you were away for too long.',
  revoked: 'the session was ended on another device, or by us.',
  reuse_detected: 'somebody else has used your session.',
  replaced: 'somebody has signed in anew in this browser.',
  lost: 'this browser has forgotten the key of the session.',
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`index.html has no #${id}`)
  return found
}

const form = element('sign-in') as HTMLFormElement

function say(sentence: string): void {
  element('message').textContent = sentence
}

function explain(error: unknown): void {
  if (!isClientError(error)) say('The server cannot be reached.')
  else if (error.code === 'SignInRefused' && error.status === 401) say('User name or password is wrong.')
  else if (error.code === 'SignInRefused' && error.reason === 'locked') say('That was tried too often. Wait a little.')
  else if (error.code === 'SignInRefused') say('The server refuses this sign-in.')
  // That a session is over, and why, is told by the event `ended`.
  else if (error.code !== 'RefreshRejected' && error.code !== 'SignedOut') say('The server cannot be reached.')
}

/** Does something for the user, and says so where it fails. */
const attempt = (work: () => Promise<void>): void => void work().catch(explain)

async function loadNotes(): Promise<void> {
  const { sessionId } = client.state
  const answer = await client.fetch('/api/notes')
  if (!answer.ok) return
  const notes = (await answer.json()) as string[]
  // Meanwhile somebody else may have signed in.
  if (client.state.sessionId !== sessionId) return
  const items = notes.map((note) => {
    const item = document.createElement('li')
    item.textContent = note
    return item
  })
  element('notes').replaceChildren(...items)
}

let shown: string | null = null

function show({ status, degraded, sessionId }: State): void {
  form.hidden = status !== 'anonymous'
  element('signed-in').hidden = status !== 'authenticated'
  element('degraded').textContent = degraded ? 'We cannot reach our server. You stay signed in; we keep trying.' : ''
  if (sessionId === shown) return
  shown = sessionId
  element('session').textContent = sessionId
  element('notes').replaceChildren()
  if (sessionId !== null) attempt(loadNotes)
}

client.on('change', show)
client.on('refreshed', () => void (element('renewed').textContent = new Date().toLocaleTimeString()))
client.on('ended', ({ reason }) => {
  say(`Signed out, because ${because[reason]}`)
  element('message').focus()
})

form.addEventListener('submit', (event) => {
  event.preventDefault()
  const { username, password } = Object.fromEntries(new FormData(form)) as { username: string; password: string }
  attempt(async () => {
    const user = await client.signIn({ username, password })
    form.reset()
    say(`Hello, ${user.name}.`)
    element('yours').focus()
  })
})
element('reload').addEventListener('click', () => attempt(loadNotes))
element('sign-out').addEventListener('click', () => attempt(async () => void (await client.signOut())))

attempt(async () => show(await client.restore()))
