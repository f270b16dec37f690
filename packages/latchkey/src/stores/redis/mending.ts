// A failover may lose what an index has been told last. So every few rotations a session tells its index again that it is
// there, and learns the subject's not-before: a sign-out-everywhere that went by a poorer index has missed this session,
// and ends it now. Nobody waits for it, and what fails comes again with a later rotation.

import type { Session } from '../../core/session.ts'
import type { Endings } from './endings.ts'
import type { SubjectIndex } from './subject-index.ts'

/** Generations from one look to the next: a quarter more commands, for which nobody waits. */
const everyGenerations = 4
/** At once; beyond it a look is left out (I7). */
const maxLooks = 256

type Begin = (work: () => Promise<void>) => Promise<void>

export class Mending {
  readonly #index: SubjectIndex
  readonly #endings: Endings
  #looking = 0

  constructor(index: SubjectIndex, endings: Endings) {
    this.#index = index
    this.#endings = endings
  }

  /** Begins a look after a rotation, where it is due. */
  look(row: Session, begin: Begin): void {
    if (row.generation % everyGenerations !== 0 || this.#looking >= maxLooks) return
    this.#looking += 1
    const done = (): void => {
      this.#looking -= 1
    }
    begin(() => this.#mend(row)).then(done, done)
  }

  async #mend(row: Session): Promise<void> {
    const notBefore = await this.#index.restore(row)
    if (notBefore === null || row.authTime > notBefore) return
    await this.#endings.end(row.sid, { at: row.rotatedAt, reason: 'signed_out_everywhere' })
  }
}
