// Our own client as a subject: with a key, which is the default, and without.

import { bundleOf } from './bundle.ts'
import type { Subject } from './subject.ts'

/** The default in a browser: a refresh cookie, and a key for each session. */
export const keyed: Subject = {
  name: 'latchkey',
  isProved: true,
  bundle: () => bundleOf(new URL('page/keyed.ts', import.meta.url)),
}

/** The same without the key. */
export const plain: Subject = {
  name: 'latchkey, plain',
  isProved: false,
  bundle: () => bundleOf(new URL('page/plain.ts', import.meta.url)),
}
