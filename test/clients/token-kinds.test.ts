// Tokens of ours that are no access tokens, at resource servers of other people: right key, right issuer, right audience,
// another `typ`. We sign no other kind today; a verifier that does not look would take it the day we do. Which do is
// written down in docs/other-clients.md.

import { importJWK, SignJWT } from 'jose'
import { generateKeys } from 'latchkey'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, claimsOf, signed } from '../helpers/requests.ts'
import { credentials } from '../http/in-process.ts'
import { startApplication, type Application } from './application.ts'
import { audience } from './deployment.ts'
import { resourceServers, type ResourceServer } from './resource-servers.ts'

const doNotLook = ['passport-jwt with jwks-rsa', 'express-jwt with jwks-rsa']

const keys = generateKeys()
let ours: Application
let claims: Readonly<Record<string, unknown>>
beforeAll(async () => {
  ours = await startApplication({ latchkey: { keys } })
  claims = claimsOf(signed(await ask(ours.url, 'POST /login', { body: credentials })).accessToken)
})
afterAll(() => ours.close())

async function signedAs(typ: string): Promise<string> {
  const [{ kid, alg, privateJwk }] = keys.signing as [(typeof keys.signing)[number]]
  return new SignJWT(claims).setProtectedHeader({ alg, kid, typ }).sign(await importJWK({ ...privateJwk }, alg))
}

async function verdicts(name: string, typs: readonly string[]): Promise<boolean[]> {
  const server: ResourceServer = await resourceServers[name]!({ issuer: ours.url, audience, alg: 'ES256' })
  try {
    const tokens = await Promise.all(typs.map(signedAs))
    return (await Promise.all(tokens.map(server.verify))).map((subject) => subject !== null)
  } finally {
    await server.close()
  }
}

describe.each(Object.keys(resourceServers))('%s', (name) => {
  const looks = !doNotLook.includes(name)

  it('takes what says that it is an access token (AT-1)', async () => {
    expect(await verdicts(name, ['at+jwt'])).toEqual([true])
  })

  it(`${looks ? 'refuses' : 'takes'} what says that it is something else (attack 7)`, async () => {
    expect(await verdicts(name, ['JWT', 'logout+jwt', 'dpop+jwt'])).toEqual([!looks, !looks, !looks])
  })
})
