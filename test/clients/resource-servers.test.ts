// Unmodified resource servers of other people take our access tokens, and none that they must not take. The mistake it
// prevents: a token, a key set or metadata that only our own verifier understands. What they cannot see is written down
// here too: without asking, nobody learns of a sign-out.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { claimsOf } from '../helpers/requests.ts'
import { audience, deploy, type Deployment, type KnownClient } from './deployment.ts'
import { introspected, signOut } from './oauth-requests.ts'
import { resourceServers, type ResourceServer, type Trusted } from './resource-servers.ts'

const minute = 60_000

/** With a character in the middle of one of its three parts changed. */
function altered(token: string, part: 0 | 1 | 2): string {
  const parts = token.split('.')
  const text = parts[part] ?? ''
  const at = text.length >> 1
  parts[part] = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
  return parts.join('.')
}

describe.each(['ES256', 'RS256'] as const)('tokens signed with %s', (alg) => {
  let ours: Deployment
  let others: Deployment
  let api: KnownClient
  beforeAll(async () => {
    ;[ours, others] = await Promise.all([deploy({ LATCHKEY_SIGNING_ALG: alg }), deploy({ LATCHKEY_SIGNING_ALG: alg })])
    api = await ours.addClient('api', '--introspect')
  })
  afterAll(async () => {
    await Promise.all([ours.remove(), others.remove()])
  })

  describe.each(Object.keys(resourceServers))('at a resource server with %s', (name) => {
    let server: ResourceServer
    let strict: ResourceServer
    const opened = async (more: Partial<Trusted> = {}): Promise<ResourceServer> =>
      resourceServers[name]!({ issuer: ours.url, audience, alg, ...more })
    beforeAll(async () => {
      ;[server, strict] = await Promise.all([opened(), opened({ audience: 'https://other.example' })])
    })
    afterAll(async () => {
      await Promise.all([server.close(), strict.close()])
    })

    it('are accepted, and name the user (AT-1, AT-2, MD-5)', async () => {
      const { accessToken } = await ours.signIn()
      expect(await server.verify(accessToken)).toBe(claimsOf(accessToken)['sub'])
    })

    it('are refused when they have expired (AT-3)', async () => {
      const { accessToken, expiresIn } = await ours.signIn()
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + expiresIn * 1000 + minute })
      try {
        expect(await server.verify(accessToken)).toBeNull()
      } finally {
        vi.useRealTimers()
      }
      expect(await server.verify(accessToken)).not.toBeNull()
    })

    it('are refused where they are meant for another audience (AT-3, AT-5)', async () => {
      expect(await strict.verify((await ours.signIn()).accessToken)).toBeNull()
    })

    it('are refused when anything in them was altered (JW-1, attack 9)', async () => {
      const { accessToken } = await ours.signIn()
      for (const part of [0, 1, 2] as const) expect(await server.verify(altered(accessToken, part))).toBeNull()
    })

    it('are refused where another issuer signed them (AT-3)', async () => {
      expect(await server.verify((await others.signIn()).accessToken)).toBeNull()
    })

    it('are still accepted after a sign-out, until they expire: whoever does not ask cannot know (RV-7)', async () => {
      const { accessToken, refreshToken } = await ours.signIn()
      expect(await introspected(ours.url, api, accessToken)).toMatchObject({ active: true })
      await signOut(ours.url, refreshToken)
      expect(await server.verify(accessToken)).toBe(claimsOf(accessToken)['sub'])
      expect(await introspected(ours.url, api, accessToken)).toEqual({ active: false })
    })
  })
})
