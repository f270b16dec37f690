// What other people's clients and resource servers read about us: the metadata (RFC 8414) and the public keys (RFC 7517).

import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import type { SigningAlgorithm } from 'latchkey'
import { generateKeys } from 'latchkey'
import { keptKeys } from 'latchkey/kept-keys'
import { expect, test } from 'vitest'
import { ask, claimsOf, type Answer } from '../helpers/requests.ts'
import { settled } from '../helpers/engine.ts'
import { withApp, type AppOptions } from './in-process.ts'
import { errorOf, form, signInBy, withClients } from './oauth-world.ts'

const wellKnown = '/.well-known/oauth-authorization-server'
const jwks = '/.well-known/jwks.json'

interface Metadata {
  readonly [name: string]: string | readonly string[]
  readonly issuer: string
}

const metadataOf = (answer: Answer): Metadata => answer.body as Metadata

test('says where everything is, and nothing that is not there (MD-1, MD-2, MD-4)', async () => {
  await withApp(withClients, async ({ url }) => {
    const answer = await ask(url, `GET ${wellKnown}`)
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'application/json'])
    const methods = ['none', 'client_secret_basic', 'client_secret_post']
    expect(answer.body).toEqual({
      issuer: 'https://app.example',
      token_endpoint: 'https://app.example/token',
      token_endpoint_auth_methods_supported: methods,
      grant_types_supported: ['refresh_token'],
      jwks_uri: `https://app.example${jwks}`,
      revocation_endpoint: 'https://app.example/revoke',
      revocation_endpoint_auth_methods_supported: methods,
      introspection_endpoint: 'https://app.example/introspect',
      introspection_endpoint_auth_methods_supported: methods.slice(1),
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']),
    })
    expect(metadataOf(answer).issuer).toBe(claimsOf((await signInBy(url)).accessToken)['iss'])
  })
})

test('leaves out every list without elements, that of response types too: there is no authorization endpoint (MD-3, MD-4, TE-7)', async () => {
  await withApp({}, async ({ url }) => {
    const metadata = metadataOf(await ask(url, `GET ${wellKnown}`))
    expect(Object.values(metadata).filter((value) => value.length === 0)).toEqual([])
    expect(metadata).not.toHaveProperty('response_types_supported')
    expect(metadata).not.toHaveProperty('authorization_endpoint')
  })
})

test('offers no secret and no introspection where no client is registered, and has neither (MD-4, IN-1)', async () => {
  await withApp({}, async ({ url }) => {
    const metadata = metadataOf(await ask(url, `GET ${wellKnown}`))
    expect(metadata).not.toHaveProperty('introspection_endpoint')
    expect(metadata['token_endpoint_auth_methods_supported']).toEqual(['none'])
    expect(errorOf(await form(url, '/introspect', { token: 'x' }))).toBe('invalid_client')
  })
})

test('every endpoint that the metadata names is there (MD-4)', async () => {
  await withApp({ ...withClients, latchkey: { issuer: 'https://app.example/' } }, async ({ url }) => {
    const metadata = metadataOf(await ask(url, `GET ${wellKnown}`))
    expect(metadata.issuer).toBe('https://app.example/')
    const endpoints = Object.entries(metadata).filter(([name]) => name.endsWith('_endpoint') || name === 'jwks_uri')
    expect(endpoints).toHaveLength(4)
    for (const [name, value] of endpoints) {
      const path = String(value).replace('https://app.example', '')
      const answer = await ask(url, `${name === 'jwks_uri' ? 'GET' : 'POST'} ${path}`)
      expect([name, answer.status === 404]).toEqual([name, false])
    }
  })
})

test('stands where RFC 8414 wants it for an issuer with a path, though the router stands under one (MD-1)', async () => {
  const options: AppOptions = {
    latchkey: { issuer: 'https://app.example/auth' },
    mount: (app, sessions) => {
      app.use('/auth', sessions.router)
      app.use(sessions.wellKnown)
    },
  }
  await withApp(options, async ({ url }) => {
    const answer = await ask(url, `GET ${wellKnown}/auth`)
    expect(answer.body).toMatchObject({
      issuer: 'https://app.example/auth',
      token_endpoint: 'https://app.example/auth/token',
      jwks_uri: `https://app.example/auth${jwks}`,
    })
    // Where older clients look.
    expect((await ask(url, `GET /auth${wellKnown}`)).body).toEqual(answer.body)
    expect((await ask(url, `GET ${wellKnown}`)).status).toBe(404)
    expect((await ask(url, `POST ${wellKnown}/auth`)).status).toBe(404)
  })
})

test.each(['ES256', 'EdDSA', 'RS256'] satisfies SigningAlgorithm[])(
  'publishes keys by which anybody verifies a token of ours, and nothing private of them: %s (MD-5)',
  async (alg) => {
    await withApp({ latchkey: { keys: generateKeys(alg) } }, async ({ url }) => {
      const { accessToken } = await signInBy(url)
      const answer = await ask(url, `GET ${jwks}`)
      const { keys } = answer.body as JSONWebKeySet
      const members = keys.flatMap((key) => Object.keys(key))
      expect(members.filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].includes(name))).toEqual([])
      expect(keys).toEqual([expect.objectContaining({ alg, use: 'sig', kid: expect.any(String) })])
      const verified = await jwtVerify(accessToken, createLocalJWKSet({ keys }), {
        issuer: 'https://app.example',
        audience: 'https://app.example',
        typ: 'at+jwt',
      })
      expect(verified.payload.sub).toBe('id-of-ada')
    })
  },
)

test('lets caches keep the keys for less than a new key is known before it is used: none is ever missed (MD-5)', async () => {
  const keys = keptKeys({ secrets: ['a secret of at least thirty-two characters'], leadSeconds: 60 })
  await withApp({ latchkey: { keys } }, async ({ url, latchkey, advance }) => {
    const cached = await ask(url, `GET ${jwks}`)
    const [, age] = /^public, max-age=(\d+)$/.exec(cached.headers.get('Cache-Control') ?? '') ?? []
    expect(Number(age)).toBeGreaterThan(0)
    await latchkey.rotateKeys({ signing: true, refresh: false })
    // Until the copy is old, what is signed can be verified with it.
    advance(Number(age) * 1000)
    await settled()
    const copy = createLocalJWKSet(cached.body as JSONWebKeySet)
    await jwtVerify((await signInBy(url)).accessToken, copy)
    const fresh = (await ask(url, `GET ${jwks}`)).body as JSONWebKeySet
    expect(new Set(fresh.keys.map(({ kid }) => kid)).size).toBe(2)
    advance(60_000)
    await settled()
    const { accessToken } = await signInBy(url)
    await jwtVerify(accessToken, createLocalJWKSet(fresh))
    await expect(jwtVerify(accessToken, copy)).rejects.toThrow(/no applicable key/)
  })
})

test('answers 304 to who has the same already, by a tag that is the same on every node (MD-5, attack 30)', async () => {
  await withApp({}, async (app) => {
    await withApp({}, async (other) => {
      for (const path of [jwks, wellKnown]) {
        const first = await ask(app.url, `GET ${path}`)
        const tag = first.headers.get('ETag') ?? ''
        expect(tag).toMatch(/^"[\w-]{43}"$/)
        for (const header of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
          const again = await ask(app.url, `GET ${path}`, { headers: { 'If-None-Match': header } })
          expect([path, header, again.status, again.text]).toEqual([path, header, 304, ''])
          expect(again.headers.get('ETag')).toBe(tag)
        }
        const changed = await ask(app.url, `GET ${path}`, { headers: { 'If-None-Match': '"x"' } })
        expect([changed.status, changed.text]).toEqual([200, first.text])
        expect((await ask(other.url, `GET ${path}`)).headers.get('ETag')).toBe(tag)
      }
    })
  })
})

test('any page may read what everybody knows, but without cookies (TE-9)', async () => {
  await withApp({}, async ({ url }) => {
    for (const path of [jwks, wellKnown]) {
      const { headers } = await ask(url, `GET ${path}`, { headers: { Origin: 'https://evil.example' } })
      expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
      expect(headers.has('Access-Control-Allow-Credentials')).toBe(false)
      expect(headers.has('Set-Cookie')).toBe(false)
    }
  })
})
