// What a refusal must look like, one function for each kind, so that every attack is held against the same words.

import { expect } from 'vitest'
import type { RawAnswer } from '../http/raw-socket.ts'

/** 401 for an access token that is not valid here: nothing was done, and nothing is said of why. */
export function expectInvalidAccess(answer: RawAnswer, what: string): void {
  expect([what, answer.status, answer.headers.get('www-authenticate')]).toEqual([
    what,
    401,
    'Bearer error="invalid_token", error_description="The access token is not valid here."',
  ])
  expect([what, answer.body]).toEqual([what, '{"error":"Unauthorized"}'])
}

/** 403 for a refresh token, without a word of why. */
export function expectForbidden(answer: RawAnswer, what: string): void {
  expect([what, answer.status, answer.body]).toEqual([what, 403, '{"error":"Forbidden"}'])
}
