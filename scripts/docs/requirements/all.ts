// Every line and every requirement that we hold ourselves to: the table of contents of this folder.

import { accessTokens, jsonWebTokens } from './access-tokens.ts'
import { oauth } from './asvs-oauth.ts'
import { selfContained, sessionManagement } from './asvs.ts'
import { browserApps, cookies } from './browsers.ts'
import type { Chapter } from './cited-lines.ts'
import { idempotency, operation, privacy, problems } from './edges.ts'
import { introspection, metadata, revocation, tokenEndpoint } from './endpoints.ts'
import type { Line, Section } from './line.ts'
import { dpop, stepUp } from './proofs.ts'
import { refreshTokens } from './refresh-tokens.ts'
import { bestPractice } from './rfc9700.ts'
import { nist, sessionLines } from './sessions.ts'

export const requirementSections: readonly Section[] = [
  refreshTokens,
  tokenEndpoint,
  revocation,
  introspection,
  accessTokens,
  jsonWebTokens,
  metadata,
  dpop,
  stepUp,
  browserApps,
  sessionLines,
  nist,
  cookies,
  idempotency,
  problems,
  privacy,
  operation,
]

/** Every line, in the order of the page. */
export const lines: readonly Line[] = requirementSections.flatMap((section) => section.lines)

export const asvsChapters: readonly Chapter[] = [sessionManagement, selfContained, oauth]

export { bestPractice }
