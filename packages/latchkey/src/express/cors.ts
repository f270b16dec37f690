// Which pages of other origins may call our routes and read the answers: those of the option `origins`, by name. Nobody
// else's origin is ever repeated, and `*` is never said, which with credentials would be everybody.

import type { Request, Response } from 'express'
import type { Settings } from './settings.ts'

const exposed = 'Latchkey-Nonce, DPoP-Nonce, WWW-Authenticate, Retry-After, Refresh-Token'
const accepted = 'Authorization, Content-Type, DPoP, Latchkey-Proof, Latchkey-Transport, Refresh-Token'
const preflightSeconds = 600

/** Lets a page of an allowed origin read the answer. */
export function allowOrigin(req: Request, res: Response, settings: Settings): void {
  // Our own pages need no leave; without others the answer is the same for everybody.
  if (settings.origins.size > 1 && writeOrigin(req, res, settings))
    res.setHeader('Access-Control-Expose-Headers', exposed)
}

/** Answers an OPTIONS request of a browser that asks ahead, for an allowed origin, what it may send to a path with these methods; false where it is no such. */
export function answerPreflight(req: Request, res: Response, settings: Settings, methods: readonly string[]): boolean {
  const asks = req.headers['access-control-request-method'] !== undefined
  if (!asks || methods.length === 0 || settings.origins.size < 2 || !writeOrigin(req, res, settings)) return false
  res.setHeader('Access-Control-Allow-Methods', methods.join(', '))
  res.setHeader('Access-Control-Allow-Headers', accepted)
  res.setHeader('Access-Control-Max-Age', preflightSeconds)
  res.writeHead(204).end()
  return true
}

// A cache must know that the answer depends on who asks, also where the answer is no.
function writeOrigin(req: Request, res: Response, { origins }: Settings): boolean {
  const { origin } = req.headers
  res.vary('Origin')
  if (origin === undefined || !origins.has(origin)) return false
  res.setHeader('Access-Control-Allow-Origin', origin)
  res.setHeader('Access-Control-Allow-Credentials', 'true')
  return true
}
