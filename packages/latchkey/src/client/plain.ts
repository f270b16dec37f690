// No proof: for sessions of pages that come back seldom (docs/client.md). Apart, so that pages which prove do not carry it.

import type { Proof, ProofKind } from './proof.ts'
import { sessionKey } from './session-key.ts'

/** Sessions are begun without a proof; those that have one go on with it. */
export const plain: Proof = { ...sessionKey, begin: async () => undefined } satisfies ProofKind as unknown as Proof
