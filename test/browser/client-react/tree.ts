// The components that both the server and the page render in these tests: what an application would write, and a count of
// how often each was rendered.

import { createElement, StrictMode, Suspense, type ReactElement } from 'react'
import type { LatchkeyClient, State } from 'latchkey/client'
import { SessionProvider, useSession } from 'latchkey/client/react'

/** How often a component was rendered, by its name. */
export const renders: Record<string, number> = {}

const count = (name: string): void => {
  renders[name] = (renders[name] ?? 0) + 1
}

/** What a component says of the session. */
const wordsOf = ({ status, subject, degraded }: State): string =>
  [status, subject, degraded ? 'degraded' : null].filter((word) => word !== null).join(' ')

/** Says what it knows at once. */
export function Plain(): ReactElement {
  count('plain')
  return createElement('p', { id: 'plain' }, wordsOf(useSession().state))
}

/** Waits until it knows. */
export function Patient(): ReactElement {
  const { state } = useSession({ suspense: true })
  count('patient')
  return createElement('p', { id: 'patient' }, wordsOf(state))
}

/** Nobody's business: it uses no session. */
function Bystander(): ReactElement {
  count('bystander')
  return createElement('p', { id: 'bystander' }, 'here')
}

const waiting = (): ReactElement => createElement('p', { id: 'waiting' }, 'one moment')

export interface TreeOptions {
  readonly parts?: readonly ('plain' | 'patient')[]
  /** Where `<Suspense>` stands: within the provider, or around it, so that the provider never mounts while it waits. */
  readonly suspense?: 'within' | 'around'
}

/** An application in StrictMode. StrictMode is the outermost element: below a component React would mount only once. */
export function treeOf(
  client: LatchkeyClient,
  { parts = ['plain'], suspense = 'within' }: TreeOptions = {},
): ReactElement {
  const shown = parts.map((part) => createElement(part === 'plain' ? Plain : Patient, { key: part }))
  const patient = (child: ReactElement): ReactElement => createElement(Suspense, { fallback: waiting() }, child)
  const content = createElement('div', null, ...shown, createElement(Bystander))
  const provided = createElement(SessionProvider, {
    client,
    children: suspense === 'within' ? patient(content) : content,
  })
  return createElement(StrictMode, null, suspense === 'around' ? patient(provided) : provided)
}
