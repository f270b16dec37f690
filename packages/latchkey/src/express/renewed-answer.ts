// The answer of a page whose session was renewed on the way belongs to the application, but two things in it are ours until
// its head is written: the new cookies have to arrive, or the owner's next renewal would be taken for a thief's (I3), and
// no cache may keep them.

import type { Response } from 'express'
import { keptCookies } from './cookies.ts'
import type { Settings } from './settings.ts'

/** Sees to it that an answer goes out with the cookies that it has now, and with `no-store`, whatever the handler writes. */
export function carryThrough(res: Response, settings: Settings): void {
  const putBack = keptCookies(res, settings)
  const writeHead = res.writeHead.bind(res)
  const guarded = (status: number, ...given: readonly unknown[]): unknown => {
    // What a handler hands to writeHead itself would come after us and win.
    for (const each of given) setHeaders(res, each)
    res.setHeader('Cache-Control', 'no-store')
    putBack()
    const phrase = given.find((each) => typeof each === 'string')
    return phrase === undefined ? writeHead(status) : writeHead(status, phrase)
  }
  res.writeHead = guarded as typeof writeHead
  res.setHeader('Cache-Control', 'no-store')
}

// As node:http takes them: members of an object, or names and values by turns, where one name may stand several times.
function setHeaders(res: Response, headers: unknown): void {
  if (typeof headers !== 'object' || headers === null) return
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    return
  }
  const pairs = Array.from({ length: Math.ceil(headers.length / 2) }, (_, at) => headers.slice(2 * at, 2 * at + 2))
  for (const [name] of pairs) res.removeHeader(name)
  for (const [name, value] of pairs) res.appendHeader(name, value)
}
