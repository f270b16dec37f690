// What every step of the page works with.
import type { Act, Acts } from './acts.ts'
import type { Session } from './session.ts'
import { announce } from './views/announce.ts'
import { find } from './views/element.ts'
import type { Outcome } from './views/outcome.ts'

export interface Page {
  readonly session: Session
  readonly acts: Acts
}

export interface ButtonOptions {
  readonly id: string
  readonly outcome: Outcome
  /** When the button has something to do; it stays reachable by keyboard when it has not. */
  readonly available: (session: Session) => boolean
  readonly work: (act: Act) => Promise<void>
}

/** Makes a button run one act at a time. */
export function wireButton({ session, acts }: Page, { id, outcome, available, work }: ButtonOptions): void {
  const button = find(id, HTMLButtonElement)
  let busy = false
  // aria-disabled and not disabled: a button that has the focus must not lose it while it works.
  const render = (): void => button.setAttribute('aria-disabled', String(busy || !available(session)))
  button.addEventListener('click', () => {
    if (busy) return
    if (!available(session)) return announce('note', 'Sign in first, in step 1.')
    busy = true
    render()
    void acts.run(outcome, work).finally(() => {
      busy = false
      render()
    })
  })
  session.onChange(render)
  render()
}
