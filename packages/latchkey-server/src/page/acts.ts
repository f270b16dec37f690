// An act is one thing that happens on the page: its requests, its notes, its last sentence.
// Acts run one after another, so two renewals never race by accident, and a second click waits for the first.
import type { Answer } from './exchange.ts'
import { announce } from './views/announce.ts'
import type { Journal } from './views/journal.ts'
import type { Outcome, Tone } from './views/outcome.ts'

export interface Act {
  /** Shows a request and its answer, with a sentence that says why it happened. */
  record(answer: Answer, note: string): void
  /** Says how it went; the last one stays. */
  say(tone: Tone, sentence: string): void
}

export class Acts {
  readonly #journal: Journal
  #last: Promise<void> = Promise.resolve()

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** Runs the work when all earlier acts are over. A silent act shows what it did and announces nothing. */
  run(outcome: Outcome, work: (act: Act) => Promise<void>, voice: 'aloud' | 'silent' = 'aloud'): Promise<void> {
    this.#last = this.#last.then(() => this.#perform(outcome, work, voice))
    return this.#last
  }

  async #perform(outcome: Outcome, work: (act: Act) => Promise<void>, voice: 'aloud' | 'silent'): Promise<void> {
    const entries: { answer: Answer; note: string }[] = []
    let end: { tone: Tone; sentence: string } | undefined
    const act: Act = {
      record: (answer, note) => {
        entries.push({ answer, note })
        this.#journal.add(answer.exchange, note)
      },
      say: (tone, sentence) => {
        end = { tone, sentence }
      },
    }
    if (voice === 'aloud') this.#journal.scrollToNewest()
    try {
      await work(act)
    } catch (error) {
      act.say('alarm', `The page itself failed: ${error instanceof Error ? error.message : String(error)}`)
    }
    if (!end) return
    outcome.show(
      end.tone,
      end.sentence,
      entries.map(({ answer, note }) => ({ exchange: answer.exchange, note })),
    )
    if (voice === 'aloud') announce(end.tone, end.sentence)
  }
}
