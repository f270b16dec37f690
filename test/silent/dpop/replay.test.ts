// A server that asks for a nonce has looked at nothing but the proof: the request is sent again, byte for byte, with a new
// proof. What cannot be sent again is said, and passes at the next try.

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isClientError, type ClientRequestInit } from 'latchkey/client'
import { problem, withWorld, type Echo, type World } from '../world/index.ts'
import { proofsAt, signedInBound, statusesOf } from './bound-world.ts'

const text = 'Grüße, 世界 🌍'.repeat(1000)
const bytes = new TextEncoder().encode(text)
const sha256 = createHash('sha256').update(bytes).digest('hex')
const headers = { 'Content-Type': 'application/octet-stream' }
const streamed = (): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      controller.enqueue(bytes)
      controller.close()
    },
  })
const post = (body: ClientRequestInit['body'] | null): ClientRequestInit => ({
  method: 'POST',
  headers,
  body: body ?? null,
})

/** What the application heard of a request for which the server first asked for a nonce. */
async function heard(world: World, answer: Response): Promise<Echo> {
  expect(answer.status).toBe(200)
  expect(statusesOf(world, '/echo')).toEqual([401, 200])
  return (await answer.json()) as Echo
}

describe('a request whose proof lacks the nonce', () => {
  const bodies: Readonly<Record<string, () => NonNullable<ClientRequestInit['body']>>> = {
    'a text': () => text,
    bytes: () => bytes,
    'a buffer': () => bytes.buffer,
    'a blob': () => new Blob([bytes]),
    'a function of a text': () => () => text,
    'a function of a stream': () => streamed,
  }
  it.each(Object.entries(bodies))('is sent again byte for byte, with a proof that has it: %s (C37, C38)', (_, body) =>
    withWorld({}, async (world) => {
      const { client } = await signedInBound(world)
      const duplex = { duplex: 'half' } as ClientRequestInit
      const echo = await heard(world, await client.fetch('/echo?status=200', { ...post(body()), ...duplex }))
      expect([echo.method, echo.bytes, echo.sha256]).toEqual(['POST', bytes.length, sha256])
      const [first, second] = proofsAt(world, '/echo')
      expect([first?.['nonce'], second?.['nonce']]).toEqual([undefined, expect.stringMatching(/^[\w-]{27}$/)])
      expect(first?.jti).not.toBe(second?.jti)
    }),
  )

  it('is sent again as the Request that it was, with its method and headers (C37)', () =>
    withWorld({}, async (world) => {
      const { client } = await signedInBound(world)
      const request = new Request(`${world.server.url}/echo`, {
        method: 'PATCH',
        headers: { 'X-Mine': 'kept' },
        body: text,
      })
      const echo = await heard(world, await client.fetch(request))
      expect([echo.method, echo.headers['x-mine'], echo.sha256]).toEqual(['PATCH', 'kept', sha256])
      const [first, second] = proofsAt(world, '/echo')
      expect([first?.['htm'], second?.['htm'], second?.['htu']]).toEqual(['PATCH', 'PATCH', `${world.server.url}/echo`])
    }))

  it('is said to be a stream that cannot be sent again; the next try passes, with the nonce that came (C38)', () =>
    withWorld({}, async (world) => {
      const { client } = await signedInBound(world)
      const send = (): Promise<Response> => client.fetch('/echo', { ...post(streamed()), duplex: 'half' })
      const failed = await send().catch((error: unknown) => error)
      if (!isClientError(failed)) throw new Error('not an error of the client')
      expect([failed.code, failed.response?.status]).toEqual(['BodyNotReplayable', 401])
      const second = await send()
      expect([second.status, ((await second.json()) as Echo).sha256]).toEqual([200, sha256])
      expect(statusesOf(world, '/echo')).toEqual([401, 200])
    }))

  it('is sent twice at the most, however often a server asks for another nonce (C11)', () =>
    withWorld({}, async (world) => {
      const { server } = world
      const { client } = await signedInBound(world)
      const asking = { 'DPoP-Nonce': 'never right', 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"' }
      server.always('/echo', problem(401, 'nonce', asking))
      const answer = await client.fetch('/echo', post(text))
      expect([answer.status, statusesOf(world, '/echo'), server.count('/token')]).toEqual([401, [401, 401], 0])
    }))

  it('may also have a token that is refused: then it is sent once for each, and renewed once (C11)', () =>
    withWorld({}, async (world) => {
      const { server } = world
      const { client } = await signedInBound(world)
      server.next('/echo', problem(401, 'expired', { 'WWW-Authenticate': 'DPoP error="invalid_token"' }))
      expect((await client.fetch('/echo', post(text))).status).toBe(200)
      expect([statusesOf(world, '/echo'), server.count('/token')]).toEqual([[401, 401, 200], 1])
    }))

  it('has a new proof also where its token is renewed for it (C11)', () =>
    withWorld({}, async (world) => {
      const { server } = world
      const { client } = await signedInBound(world)
      await client.fetch('/me')
      server.next('/echo', problem(401, 'expired', { 'WWW-Authenticate': 'DPoP error="invalid_token"' }))
      const echo = await heard(world, await client.fetch('/echo', post(text)))
      expect(echo.sha256).toBe(sha256)
      const [first, second] = proofsAt(world, '/echo')
      expect(server.count('/token')).toBe(1)
      expect([first?.jti === second?.jti, first?.['ath'] === second?.['ath']]).toEqual([false, false])
    }))
})

describe('a refusal that asks for nothing', () => {
  it('is the caller’s: a proof that was used before, or an application’s own 401 (C40)', () =>
    withWorld({}, async (world) => {
      const { server } = world
      const { client } = await signedInBound(world)
      await client.fetch('/me')
      server.next('/echo', problem(401, 'unproved', { 'WWW-Authenticate': 'DPoP error="invalid_dpop_proof"' }))
      expect((await client.fetch('/echo', post(text))).status).toBe(401)
      expect((await client.fetch('/echo?status=401', post(text))).status).toBe(401)
      expect([server.count('/echo'), server.count('/token')]).toEqual([2, 0])
    }))

  it('sends the token and its proof to no other origin, and takes no nonce from there (C7)', () =>
    withWorld({}, async (world) => {
      const { client } = await signedInBound(world)
      await withWorld({}, async (elsewhere) => {
        expect((await client.fetch(`${elsewhere.server.url}/open/echo`, { headers })).status).toBe(200)
        const [seen] = elsewhere.server.requests.filter(({ path, method }) => path === '/open/echo' && method === 'GET')
        expect([seen?.headers.authorization, seen?.headers['dpop']]).toEqual([undefined, undefined])
      })
    }))
})
