// A session that is bound to a key at its sign-in: what the key may do, and what nobody can do without it.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Events } from 'latchkey'
import { DpopClient, DpopKey, type Place } from '../helpers/dpop.ts'
import { ask, claimsOf, generationOf, renew, signed, signIn } from '../helpers/requests.ts'
import { credentials, startApp, type RunningApp } from './in-process.ts'

const publicUrl = 'https://app.example'
let app: RunningApp
let place: Place
let heard: (readonly [string, Events['unproved'] | Events['replayed']])[] = []
beforeEach(async () => {
  app = await startApp({ sessions: { transports: ['body', 'header'] } })
  place = { url: app.url, publicUrl, now: () => app.latchkey.now() }
  heard = []
  app.latchkey.on('unproved', (event) => heard.push(['unproved', event]))
  app.latchkey.on('replayed', (event) => heard.push(['replayed', event]))
})
afterEach(() => app.close())

const begin = (key?: DpopKey): Promise<DpopClient> => DpopClient.signIn(place, credentials, key)

describe('a sign-in with a DPoP proof', () => {
  it('asks for a nonce first, before the password is looked at, and says what it takes (DP-6, DP-7, DP-13)', async () => {
    const client = new DpopClient()
    const wrong = { ...credentials, password: 'a wrong one' }
    const first = await client.send(place, 'POST /login', { body: wrong })
    expect([first.status, first.body]).toEqual([401, { error: 'Unauthorized' }])
    expect(first.headers.get('DPoP-Nonce')).toMatch(/^[\w-]{27}$/)
    expect(first.headers.get('WWW-Authenticate')).toMatch(/^DPoP error="use_dpop_nonce", .*algs="ES256 /)
    const second = await client.send(place, 'POST /login', { body: wrong })
    expect([second.status, second.headers.get('DPoP-Nonce')]).toEqual([401, null])
  })

  it('binds the session to its key: token type DPoP, cnf.jkt, and a nonce for the next proof (DP-8, DP-9)', async () => {
    const key = new DpopKey('Ed25519')
    const client = new DpopClient(key)
    const answer = await client.ask(place, 'POST /login', { body: credentials })
    expect(answer.headers.get('DPoP-Nonce')).toMatch(/^[\w-]{27}$/)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    const { tokenType, accessToken, sessionKey } = signed(answer)
    expect([tokenType, sessionKey]).toEqual(['DPoP', undefined])
    expect(claimsOf(accessToken)['cnf']).toEqual({ jkt: key.thumbprint })
  })

  it('is refused beside a session key: one kind of proof is enough', async () => {
    const answer = await new DpopClient().send(place, 'POST /login', {
      body: credentials,
      headers: { 'Latchkey-Proof': 'v1' },
    })
    expect([answer.status, answer.body]).toEqual([400, { error: 'Bad Request' }])
  })

  it('is refused where the proof is wrong; no session begins, not even an unbound one (DP-2, DP-6)', async () => {
    const client = await begin()
    for (const proof of [{ method: 'GET' }, { url: `${publicUrl}/token` }, { header: { typ: 'JWT' } }]) {
      const answer = await client.send(place, 'POST /login', { body: credentials, proof })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('WWW-Authenticate')).toMatch(/^DPoP error="invalid_dpop_proof"/)
    }
    expect(await app.latchkey.list('id-of-ada')).toHaveLength(1)
  })

  it('cannot come twice with one proof (DP-5, attack 19)', async () => {
    const client = await begin()
    const proof = { jti: 'once' }
    const send = () => client.send(place, 'POST /login', { body: credentials, proof })
    expect([(await send()).status, (await send()).status]).toEqual([200, 401])
    expect(heard).toEqual([['replayed', expect.objectContaining({ sessionId: null })]])
  })
})

describe('the renewal of a bound session', () => {
  it('goes on with its key, again and again, and stays bound (DP-8, RT-1)', async () => {
    const client = await begin()
    for (let round = 2; round < 6; round += 1) {
      const answer = await client.renew(place)
      expect([answer.status, signed(answer).tokenType, generationOf(client.refreshToken)]).toEqual([200, 'DPoP', round])
      expect(claimsOf(client.accessToken)['cnf']).toEqual({ jkt: client.key.thumbprint })
    }
    expect(heard).toEqual([])
  })

  it('is refused without a proof, reported, and nothing has moved (DP-8, attack 19)', async () => {
    const client = await begin()
    const stolen = await renew(app.url, client.refreshToken)
    expect([stolen.status, stolen.text]).toEqual([403, '{"error":"Forbidden"}'])
    expect(heard).toEqual([['unproved', expect.objectContaining({ generation: 1 })]])
    expect((await client.renew(place)).status).toBe(200)
    expect(generationOf(client.refreshToken)).toBe(2)
  })

  it('is refused with another key, reported, and nothing has moved; the owner goes on (DP-8, attack 19)', async () => {
    const client = await begin()
    const thief = new DpopClient()
    thief.refreshToken = client.refreshToken
    for (let round = 1; round < 4; round += 1) {
      const stolen = await thief.renew(place)
      expect([stolen.status, stolen.text]).toEqual([403, '{"error":"Forbidden"}'])
      expect(heard).toHaveLength(round)
    }
    expect(new Set(heard.map(([name]) => name))).toEqual(new Set(['unproved']))
    expect((await client.renew(place)).status).toBe(200)
    expect(generationOf(client.refreshToken)).toBe(2)
  })

  it('is refused with a Latchkey-Proof instead: the kind of proof was fixed at the sign-in (DP-8)', async () => {
    const client = await begin()
    const headers = { 'Latchkey-Proof': 'v1.a.b' }
    const answer = await ask(app.url, 'POST /token', { body: { refreshToken: client.refreshToken }, headers })
    expect(answer.status).toBe(403)
  })

  it('answers an older token with the newest, whenever it comes: nobody is signed out by a lost answer (RT-4)', async () => {
    const client = await begin()
    const first = client.refreshToken
    for (let round = 0; round < 3; round += 1) await client.renew(place)
    const newest = client.refreshToken
    app.advance(3 * 3_600_000)
    const again = await client.ask(place, 'POST /token', { body: { refreshToken: first } })
    expect(signed(again).refreshToken).toBe(newest)
  })

  it('cannot be repeated by who has caught the whole request (DP-5, attack 19)', async () => {
    const client = await begin()
    const body = { refreshToken: client.refreshToken }
    const caught = { body, proof: { jti: 'caught' } }
    expect((await client.send(place, 'POST /token', caught)).status).toBe(200)
    const replayed = await client.send(place, 'POST /token', caught)
    expect([replayed.status, replayed.headers.get('WWW-Authenticate')]).toEqual([
      401,
      expect.stringContaining('error="invalid_dpop_proof"'),
    ])
    const { sid } = claimsOf(client.accessToken)
    expect(heard).toEqual([['replayed', expect.objectContaining({ sessionId: sid })]])
    expect((await client.renew(place)).status).toBe(200)
  })

  it('asks for a new nonce where the proof is old, and has touched nothing (DP-4, DP-6)', async () => {
    const client = await begin()
    app.advance(6 * 60_000)
    const stale = await client.send(place, 'POST /token', { body: { refreshToken: client.refreshToken } })
    expect([stale.status, stale.body]).toEqual([401, { error: 'Unauthorized' }])
    expect(stale.headers.has('DPoP-Nonce')).toBe(true)
    expect((await client.send(place, 'POST /token', { body: { refreshToken: client.refreshToken } })).status).toBe(200)
    // Once a nonce was asked for, a proof without one is never good enough again.
    const without = { body: { refreshToken: client.refreshToken }, proof: { nonce: undefined } }
    expect((await client.send(place, 'POST /token', without)).status).toBe(401)
  })

  it('tells a telling reason to who asks for problems: nonce, unproved (PD-1)', async () => {
    const client = await begin()
    const headers = { Accept: 'application/problem+json' }
    const body = { refreshToken: client.refreshToken }
    const reasons = []
    for (const proof of [{ nonce: 'none of ours' }, { method: 'GET' }]) {
      reasons.push((await client.send(place, 'POST /token', { body, headers, proof })).body)
    }
    expect(reasons).toEqual([
      expect.objectContaining({ status: 401, reason: 'nonce' }),
      expect.objectContaining({ status: 401, reason: 'unproved' }),
    ])
  })

  it('travels in the header like any other', async () => {
    const client = new DpopClient()
    const headers = { 'Latchkey-Transport': 'header' }
    const begun = await client.ask(place, 'POST /login', { body: credentials, headers })
    const token = begun.headers.get('Refresh-Token') ?? ''
    const renewed = await client.ask(place, 'POST /token', { headers: { 'Refresh-Token': token } })
    expect([renewed.status, signed(renewed).tokenType]).toEqual([200, 'DPoP'])
    expect(generationOf(renewed.headers.get('Refresh-Token') ?? '')).toBe(2)
  })
})

describe('the end of a bound session', () => {
  it('needs no proof: whoever has a token can sign the user out, and can do no more (RT-12)', async () => {
    const [one, two] = [await begin(), await begin()]
    const ends = [
      await ask(app.url, 'POST /logout', { body: { token: one.refreshToken } }),
      await ask(app.url, 'POST /logout', { headers: { Authorization: `DPoP ${two.accessToken}` } }),
    ]
    expect(ends.map(({ status }) => status)).toEqual([204, 204])
    for (const client of [one, two]) expect((await client.renew(place)).status).toBe(403)
    expect(heard).toEqual([])
  })
})

describe('a plain session', () => {
  it('cannot be bound at a renewal: a thief could bind it to himself (DP-8, RT-1)', async () => {
    const plain = await signIn(app.url, credentials)
    const client = new DpopClient()
    const answer = await client.ask(place, 'POST /token', { body: { refreshToken: plain.refreshToken } })
    const renewed = signed(answer)
    expect([renewed.tokenType, claimsOf(renewed.accessToken)['cnf']]).toEqual(['Bearer', undefined])
    expect((await renew(app.url, renewed.refreshToken)).status).toBe(200)
  })

  it('does not go on with a proof that is wrong: what is claimed must hold (DP-2)', async () => {
    const plain = await signIn(app.url, credentials)
    const proof = { method: 'GET' }
    const answer = await new DpopClient().ask(place, 'POST /token', { body: plain, proof })
    expect(answer.status).toBe(401)
  })
})

describe('a token that is none of ours', () => {
  it('costs no store access, however good its proof is (DP-5, attack 42)', async () => {
    const client = await begin()
    const forged = `lkr1_${'A'.repeat(72)}`
    const proof = { jti: 'kept' }
    const send = (refreshToken: string) => client.send(place, 'POST /token', { body: { refreshToken }, proof })
    // Kid 0 is none of ours, and neither is a token with a wrong mac.
    const altered = `${client.refreshToken.slice(0, -2)}AA`
    expect([(await send(forged)).status, (await send(altered)).status]).toEqual([403, 403])
    expect((await send(client.refreshToken)).status).toBe(200)
    expect((await send(client.refreshToken)).status).toBe(401)
  })
})
