// What goes with every renewal, in either dialect: where it came from and by which client, the key that was proved, and
// what must hold once the token is known to be ours: the throttle of its session, and that the proof is new.

import type { Request } from 'express'
import type { Origin, RefreshRequest } from '../index.ts'
import { firstPartyClient, type KnownClient } from './clients.ts'
import type { TokenProof } from './dpop/index.ts'
import { originOf } from './origin.ts'
import type { Settings } from './settings.ts'

/** Where a request of this client came from; for the owner's own pages and apps, nobody acts but the owner. */
export const originBy = (req: Request, client: KnownClient): Origin =>
  client === firstPartyClient ? originOf(req) : { ...originOf(req), actor: `client:${client.id}` }

/** What the engine is told beside the token. */
export const renewalContext = (
  req: Request,
  { throttle }: Settings,
  bound?: TokenProof,
  client: KnownClient = firstPartyClient,
): Pick<RefreshRequest, 'origin' | 'thumbprint' | 'admit'> => ({
  origin: () => originBy(req, client),
  thumbprint: bound?.thumbprint,
  admit: async (sessionId) => {
    await throttle.renewal(sessionId, req)
    await bound?.spend(sessionId)
  },
})
