// The place in a step that says how its last act went. Narrow pages show its exchanges there too;
// wide ones have the journal beside the steps (style.css decides).
import { element, find } from './element.ts'
import { type Entry, renderExchange } from './exchange.ts'

/** `good`: it went as it should. `alarm`: a refusal. `outage`: no decision at all. `note`: nothing happened yet. */
export type Tone = 'good' | 'alarm' | 'outage' | 'note'

/** Empties every step's outcome: a new session begins with a clean page. */
export function clearOutcomes(): void {
  for (const place of document.querySelectorAll('.outcome')) place.replaceChildren()
}

export class Outcome {
  readonly #place: HTMLElement

  constructor(id: string) {
    this.#place = find(id, HTMLElement)
  }

  clear(): void {
    this.#place.replaceChildren()
  }

  show(tone: Tone, sentence: string, entries: readonly Entry[] = []): void {
    this.#place.dataset['tone'] = tone
    this.#place.replaceChildren(element('p', 'sentence', sentence))
    if (entries.length === 0) return
    const items = entries.map((entry, index) => renderExchange(entry, index === entries.length - 1))
    const list = element('ol', 'exchanges', ...items)
    // Safari takes a list without markers for no list.
    list.setAttribute('role', 'list')
    this.#place.append(list)
  }
}
