// Two live regions say results (politely) and refusals (at once). Nothing that ticks is ever put there.
import { find } from './element.ts'
import type { Tone } from './outcome.ts'

const SPEAK_AFTER_MS = 50

export function announce(tone: Tone, sentence: string): void {
  const urgent = tone === 'alarm' || tone === 'outage'
  const region = find(urgent ? 'say-refusal' : 'say-result', HTMLElement)
  // Emptied first: the same sentence twice would otherwise be heard once, and an old refusal found later.
  for (const id of ['say-refusal', 'say-result']) find(id, HTMLElement).textContent = ''
  setTimeout(() => (region.textContent = sentence), SPEAK_AFTER_MS)
}
