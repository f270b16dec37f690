// A protected route and a bound access token: the token alone opens nothing (DP-3, DP-4, DP-10, attack 19).

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DpopClient, DpopKey, type ProofOf } from '../helpers/dpop.ts'
import { ask, signIn } from '../helpers/requests.ts'
import { challengeOf, dpopWorld, publicUrl, type DpopWorld } from './dpop-world.ts'
import { credentials } from './in-process.ts'
import { only } from './raw-socket.ts'

let world: DpopWorld
beforeEach(async () => {
  world = await dpopWorld()
})
afterEach(() => world.app.close())

/** Every one of these proofs by its name; each is 401 `invalid_dpop_proof`, and an honest one still passes. */
async function expectRefused(cases: Readonly<Record<string, Partial<ProofOf>>>): Promise<void> {
  for (const [name, proof] of Object.entries(cases)) {
    const answer = await world.send(proof)
    expect([name, answer.status, challengeOf(answer)]).toEqual([
      name,
      401,
      expect.stringMatching(/^DPoP error="invalid_dpop_proof", error_description="[^"]+", algs="ES256 [^"]+"$/),
    ])
  }
  expect((await world.send({})).status).toBe(200)
}

describe('a bound access token', () => {
  it('passes with a proof for this request, each time a new one (DP-10)', async () => {
    for (const route of ['GET /me', 'POST /me', 'GET /me?with=query', 'GET /files/a%2Fb', 'GET /sessions']) {
      expect([route, (await world.send({}, route)).status]).toEqual([route, 200])
    }
  })

  it('is refused as a bearer token, and without a proof (DP-10, attack 19)', async () => {
    const asBearer = await ask(world.app.url, 'GET /me', { bearer: world.client.accessToken })
    expect([asBearer.status, challengeOf(asBearer)]).toEqual([401, expect.stringContaining('error="invalid_token"')])
    const proof = world.client.key.proof({
      method: 'GET',
      url: `${publicUrl}/me`,
      nonce: world.client.nonces.resource,
      token: world.client.accessToken,
      at: world.app.latchkey.now(),
    })
    const withProof = await ask(world.app.url, 'GET /me', {
      bearer: world.client.accessToken,
      headers: { DPoP: proof },
    })
    expect(withProof.status).toBe(401)
    const without = await ask(world.app.url, 'GET /me', {
      headers: { Authorization: `DPoP ${world.client.accessToken}` },
    })
    expect([without.status, challengeOf(without)]).toEqual([401, expect.stringContaining('invalid_dpop_proof')])
    // Nor is its proof used up by that.
    const headers = { Authorization: `DPoP ${world.client.accessToken}`, DPoP: proof }
    expect((await ask(world.app.url, 'GET /me', { headers })).status).toBe(200)
  })

  it('is refused with a proof of another key (DP-10, attack 19)', async () => {
    const thief = new DpopClient()
    thief.nonces.resource = world.client.nonces.resource
    const answer = await thief.send(world.place, 'GET /me', { token: world.client.accessToken })
    expect([answer.status, challengeOf(answer)]).toEqual([401, expect.stringContaining('invalid_dpop_proof')])
  })

  it('is refused once it has expired or its session has ended, whatever the proof (DP-10, SE-6)', async () => {
    const refused = [401, expect.stringMatching(/^DPoP error="invalid_token"/)]
    world.app.advance(600_000)
    const expired = await world.send()
    expect([expired.status, challengeOf(expired)]).toEqual(refused)
    expect((await world.client.renew(world.place)).status).toBe(200)
    expect((await world.client.get(world.place, '/me')).status).toBe(200)
    await ask(world.app.url, 'POST /logout', { body: { token: world.client.refreshToken } })
    const ended = await world.send()
    expect([ended.status, challengeOf(ended)]).toEqual(refused)
  })
})

describe('a bearer token', () => {
  it('is refused under the scheme DPoP, and passes beside a proof that nobody asked for (DP-10)', async () => {
    const plain = await signIn(world.app.url, credentials)
    const asBound = await world.client.send(world.place, 'GET /me', { token: plain.accessToken })
    expect([asBound.status, challengeOf(asBound)]).toEqual([401, expect.stringContaining('error="invalid_token"')])
    const headers = { DPoP: 'not looked at' }
    expect((await ask(world.app.url, 'GET /me', { bearer: plain.accessToken, headers })).status).toBe(200)
  })
})

describe('a proof at a resource', () => {
  it('is for this method and this URL alone, and the challenge says what would do (DP-3, DP-13, attack 19)', () =>
    expectRefused({
      'another method': { method: 'POST' },
      'the method in small letters': { method: 'get' },
      'no method': { claims: { htm: undefined } },
      'another path': { url: `${publicUrl}/you` },
      'another case': { url: `${publicUrl}/Me` },
      'a slash more': { url: `${publicUrl}/me/` },
      'another port': { url: `${publicUrl}:8443/me` },
      'plain http': { url: 'http://app.example/me' },
      'where the socket is': { url: `${world.app.url}/me` },
      'another host': { url: 'https://evil.example/me' },
      'a user in it': { url: 'https://ada@app.example/me' },
      'only a path': { url: '/me' },
      'no URL': { claims: { htu: undefined } },
      'a list': { claims: { htu: [`${publicUrl}/me`] } },
    }))

  it('may write the URL in any spelling that means the same (DP-3, attack 19)', async () => {
    const spellings = [
      'HTTPS://APP.example:443/me',
      `${publicUrl}/%6de`,
      `${publicUrl}/x/../me`,
      `${publicUrl}/me?a=b#c`,
    ]
    for (const url of spellings) expect([url, (await world.send({ url })).status]).toEqual([url, 200])
  })

  it('is never held against Host or X-Forwarded-Host, whatever they say (DP-3, attack 19, attack 33)', async () => {
    const spoofed = {
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'https',
      Forwarded: 'host=evil.example;proto=https',
    }
    const asked = { token: world.client.accessToken, headers: spoofed }
    const evil = { ...asked, proof: { url: 'https://evil.example/me' } }
    expect((await world.client.send(world.place, 'GET /me', evil)).status).toBe(401)
    expect((await world.client.send(world.place, 'GET /me', asked)).status).toBe(200)
    expect(await overSocket('GET /me HTTP/1.1', 'evil.example', 'https://evil.example/me')).toBe(401)
    expect(await overSocket('GET /me HTTP/1.1', 'evil.example', `${publicUrl}/me`)).toBe(200)
    expect(await overSocket('GET http://evil.example/me HTTP/1.1', 'evil.example', 'https://evil.example/me')).toBe(401)
  })

  it('is for this access token alone: ath missing, of another token, of another type (DP-10, attack 19)', async () => {
    const other = await DpopClient.signIn(world.place, credentials, world.client.key)
    await expectRefused({
      missing: { token: undefined },
      'of another token': { token: other.accessToken },
      'of another type': { claims: { ath: 1 } },
      empty: { claims: { ath: '' } },
    })
  })

  it('was made lately: its nonce says so, and iat more than a year away is the end (DP-4, attack 15, attack 19)', async () => {
    const now = world.app.latchkey.now()
    await expectRefused({
      old: { at: now - 367 * 86_400_000 },
      ahead: { at: now + 367 * 86_400_000 },
      'very old': { at: 0 },
      missing: { claims: { iat: undefined } },
      'a text': { claims: { iat: String(Math.floor(now / 1000)) } },
      negative: { claims: { iat: -1 } },
      'beyond numbers': { claims: { iat: 1e300 } },
      'over by its own words': { claims: { exp: Math.floor(now / 1000) - 1 } },
      'not yet by its own words': { claims: { nbf: Math.floor(now / 1000) + 3600 } },
      'over, in a text': { claims: { exp: 'tomorrow' } },
    })
  })

  it('has an id, and not a very long one (DP-5, attack 14)', () =>
    expectRefused({
      missing: { claims: { jti: undefined } },
      empty: { claims: { jti: '' } },
      'a number': { claims: { jti: 1 } },
      long: { claims: { jti: 'x'.repeat(257) } },
      'half a character': { claims: { jti: '\uD800' } },
    }))

  it('stands in exactly one header (DP-1, attack 19, attack 25)', async () => {
    const proofs = Array.from({ length: 2 }, () => world.proof())
    const lines = [`Authorization: DPoP ${world.client.accessToken}`]
    const ask2 = (more: string[]): Promise<number> => statusOf(['GET /me HTTP/1.1', 'Host: x', ...lines, ...more])
    expect(await ask2(proofs.map((proof) => `DPoP: ${proof}`))).toBe(401)
    expect(await ask2([`DPoP: ${proofs.join(', ')}`])).toBe(401)
    expect(await ask2([`DPoP: ${proofs[0]}`, 'dpop: '])).toBe(401)
    expect(await ask2([`dPoP: ${proofs[0]}`])).toBe(200)
  })
})

describe('the nonce of a resource', () => {
  it('is asked for, and must be one of ours: missing, altered, of a token route, too old (DP-6, DP-7, attack 19)', async () => {
    const cases = [undefined, '', 'none of ours', world.client.nonces.token, 'A'.repeat(27)]
    for (const nonce of cases) {
      const answer = await world.send({ nonce })
      expect([nonce, answer.status, challengeOf(answer)]).toEqual([
        nonce,
        401,
        expect.stringMatching(/^DPoP error="use_dpop_nonce", .*algs="/),
      ])
      expect(answer.headers.get('DPoP-Nonce')).toMatch(/^[\w-]{27}$/)
    }
    expect(challengeOf(await world.send({ claims: { nonce: 1 } }))).toContain('invalid_dpop_proof')
    expect((await world.send({})).status).toBe(200)
    world.app.advance(6 * 60_000)
    expect(challengeOf(await world.send({}))).toContain('use_dpop_nonce')
    expect((await world.send({})).status).toBe(200)
  })

  it('of a resource is none at a token route (DP-7, attack 19)', async () => {
    const body = { refreshToken: world.client.refreshToken }
    const proof = { nonce: world.client.nonces.resource }
    const answer = await world.client.send(world.place, 'POST /token', { body, proof })
    expect([answer.status, challengeOf(answer)]).toEqual([401, expect.stringContaining('use_dpop_nonce')])
  })

  it('is renewed on the way, so that who asks often is never sent back (DP-7)', async () => {
    for (let minutes = 0; minutes < 9; minutes += 1) {
      const answer = await world.send({})
      expect([minutes, answer.status]).toEqual([minutes, 200])
      expect(answer.headers.has('DPoP-Nonce')).toBe(minutes > 0)
      world.app.advance(60_000)
    }
  })
})

async function statusOf(lines: readonly string[]): Promise<number> {
  return (await only(world.app.url, `${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`)).status
}

const overSocket = (line: string, host: string, url: string): Promise<number> =>
  statusOf([line, `Host: ${host}`, `Authorization: DPoP ${world.client.accessToken}`, `DPoP: ${world.proof(url)}`])

describe('every kind of key', () => {
  it.each(['Ed25519', 'EdDSA', 'RS256', 'PS256'] as const)('%s signs in, renews and reads (DP-2)', async (alg) => {
    const own = await DpopClient.signIn(world.place, credentials, new DpopKey(alg))
    expect((await own.renew(world.place)).status).toBe(200)
    expect((await own.get(world.place, '/me')).status).toBe(200)
  })
})
