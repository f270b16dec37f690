// The one refusal of this folder: a proof that does not hold. Who sent it learns nothing more than that; the detail is
// for logs, and names members, never their values (I4).

import { LatchkeyError } from '../../index.ts'

/** What is thrown for a proof that is missing, malformed, wrong or was used before. */
export const refused = (detail: string): LatchkeyError => new LatchkeyError('dpop_invalid', { detail })
