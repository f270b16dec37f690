// Every request since the page was opened, newest first. Bounded: the oldest leave (I7).
import type { Exchange } from '../exchange.ts'
import { find } from './element.ts'
import { renderExchange } from './exchange.ts'

const LIMIT = 100

export class Journal {
  readonly #list: HTMLElement = find('log', HTMLElement)
  readonly #empty: HTMLElement = find('log-empty', HTMLElement)

  /** Where the newest entries are, for a reader who has scrolled down to old ones. */
  scrollToNewest(): void {
    this.#list.parentElement?.scrollTo({ top: 0 })
  }

  add(exchange: Exchange, note: string): void {
    this.#empty.hidden = true
    const newestBefore = this.#list.firstElementChild?.querySelector('details')
    if (newestBefore) newestBefore.open = false
    this.#list.prepend(renderExchange({ exchange, note }, true))
    while (this.#list.childElementCount > LIMIT) this.#list.lastElementChild?.remove()
  }
}
