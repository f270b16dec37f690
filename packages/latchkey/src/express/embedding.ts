// Keeps other pages from embedding our answers: as a frame over which a user can be led to click, or as an image or a
// script whose loading tells something (attack 31). Pages that may read them ask by CORS, which this leaves alone.

import type { Response } from 'express'

const guards = {
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
} as const

/** Says on an answer of ours that nobody may embed it; what the application has said already stays. */
export function forbidEmbedding(res: Response): void {
  for (const [name, value] of Object.entries(guards)) {
    if (!res.hasHeader(name)) res.setHeader(name, value)
  }
}
