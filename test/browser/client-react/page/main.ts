// The page of the tests in the browser: puts a tree on the page, over a client that the test drives or over the real one,
// and notes whatever React has to complain about.

import { createElement, startTransition, useState, type ReactElement } from 'react'
import { createRoot, hydrateRoot, type Root } from 'react-dom/client'
import { createClient, type LatchkeyClient, type State } from 'latchkey/client'
import { SessionProvider, useSession } from 'latchkey/client/react'
import { drivenClient, type Driven } from '../driven.ts'
import { renders, treeOf, type TreeOptions } from '../tree.ts'

const complaints: string[] = []
const noted = (error: unknown): void => void complaints.push(String(error))
const place = (): HTMLElement => document.querySelector<HTMLElement>('#root') ?? document.body

let root: Root | undefined
let driven: Driven | undefined

const draw = (client: LatchkeyClient, options: TreeOptions = {}): void => {
  root ??= createRoot(place(), { onRecoverableError: noted, onUncaughtError: noted })
  root.render(treeOf(client, options))
}

const by = (state: State): Driven => (driven = drivenClient(state))

/** Takes over what the server has rendered. */
const hydrate = (client: LatchkeyClient, options: TreeOptions = {}): void => {
  root = hydrateRoot(place(), treeOf(client, options), { onRecoverableError: noted, onUncaughtError: noted })
}

// Takes its time, so that React lets other things happen before it has rendered all of them.
function Slow(): ReactElement {
  const { state } = useSession()
  const end = performance.now() + 5
  while (performance.now() < end);
  return createElement('i', { className: 'slow' }, state.status)
}

function Many(): ReactElement {
  const [shown, show] = useState(0)
  const all = Array.from({ length: shown }, (_, index) => createElement(Slow, { key: index }))
  const press = (): void => startTransition(() => show(40))
  return createElement('div', null, createElement('button', { id: 'more', onClick: press }), ...all)
}

/** Every mixture of states that was on the page at one time. */
const mixtures = new Set<string>()
const watchMixtures = (client: LatchkeyClient): void => {
  new MutationObserver(() => {
    const said = [...document.querySelectorAll('.slow')].map(({ textContent }) => textContent)
    if (said.length > 0) mixtures.add([...new Set(said)].join('+'))
  }).observe(place(), { subtree: true, childList: true, characterData: true })
  root = createRoot(place())
  root.render(createElement(SessionProvider, { client, children: createElement(Many) }))
}

const stage = {
  complaints,
  mixtures,
  renders,
  by,
  draw,
  hydrate,
  watchMixtures,
  driven: () => driven,
  real: () => createClient({ baseUrl: '/' }),
  unmount: () => root?.unmount(),
}

declare global {
  interface Window {
    stage: typeof stage
  }
}
window.stage = stage
