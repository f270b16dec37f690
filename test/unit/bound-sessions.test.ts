// Sessions that belong to a client, are bound to a key, or are renewed with less than they have: what is fixed at
// sign-in holds at every renewal, and who asks for more has lost nothing.

import { generateKeys, type SignIn } from 'latchkey'
import { describe, expect, test } from 'vitest'
import { codeOf, minute, openEngine, payloadOf, plain, second, type OpenedEngine } from '../helpers/engine.ts'

const thumbprint = 'cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s'
const another = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'
const bound = { subject: 'ada', proof: 'dpop', thumbprint, transport: 'body' } as const satisfies SignIn

const namesOf = ({ heard }: OpenedEngine): string[] => heard.map(({ name }) => name)

describe('a session bound to a key', () => {
  test('says so in its access tokens, also after a renewal (DP-9)', async () => {
    const { latchkey } = await openEngine()
    const first = await latchkey.signIn(bound)
    const { accessToken } = await latchkey.refresh({ token: first.refreshToken, transport: 'body', thumbprint })
    for (const token of [first.accessToken, accessToken]) {
      expect(payloadOf(token)['cnf']).toEqual({ jkt: thumbprint })
      expect((await latchkey.verify(token)).thumbprint).toBe(thumbprint)
    }
  })

  test.each([
    ['no key', {}],
    ['another key', { thumbprint: another }],
  ])('refuses its token with %s, moves nothing and reports the try (DP-8, RT-1)', async (_what, shown) => {
    const engine = await openEngine()
    const { latchkey } = engine
    const { refreshToken: token, session } = await latchkey.signIn(bound)
    const tries = [0, 1, 2].map(() => codeOf(latchkey.refresh({ token, transport: 'body', ...shown })))
    expect(await Promise.all(tries)).toEqual(['proof_refused', 'proof_refused', 'proof_refused'])
    expect(namesOf(engine)).toEqual(['signed_in', 'unproved', 'unproved', 'unproved'])
    expect(engine.heard.at(-1)?.event).toMatchObject({ sessionId: session.id, generation: 1 })
    const renewed = await latchkey.refresh({ token, transport: 'body', thumbprint })
    expect(renewed.session.generation).toBe(2)
  })

  test('answers an older token again only to the holder of the key (DP-8)', async () => {
    const engine = await openEngine()
    const { latchkey, clock } = engine
    const { refreshToken: token } = await latchkey.signIn(bound)
    const { refreshToken: newest } = await latchkey.refresh({ token, transport: 'body', thumbprint })
    clock.advance(minute)
    expect(await codeOf(latchkey.refresh({ token, transport: 'body', thumbprint: another }))).toBe('proof_refused')
    const again = await latchkey.refresh({ token, transport: 'body', thumbprint })
    expect(again.refreshToken).toBe(newest)
    expect(namesOf(engine)).toEqual(['signed_in', 'renewed', 'unproved', 'again'])
  })

  test('is never made of a plain session by a key that comes with a renewal', async () => {
    const { latchkey } = await openEngine()
    const { refreshToken: token } = await latchkey.signIn(plain)
    const renewed = await latchkey.refresh({ token, transport: 'body', thumbprint })
    expect(payloadOf(renewed.accessToken)).not.toHaveProperty('cnf')
    expect(renewed.session).toMatchObject({ proof: 'plain', thumbprint: null })
  })

  test.each([
    ['no thumbprint', { ...bound, thumbprint: undefined }],
    ['a thumbprint of another length', { ...bound, thumbprint: 'AAAA' }],
    ['a thumbprint in another spelling', { ...bound, thumbprint: `${thumbprint.slice(0, -1)}t` }],
    ['a thumbprint without the proof', { ...plain, thumbprint }],
  ])('is refused at sign-in with %s', async (_what, request) => {
    const { latchkey } = await openEngine()
    await expect(latchkey.signIn(request)).rejects.toMatchObject({ code: 'argument_invalid' })
  })
})

describe('a session of another client', () => {
  test('is renewed and ended by that client alone, and another moves nothing (RT-5)', async () => {
    const { latchkey } = await openEngine()
    const { refreshToken: token } = await latchkey.signIn({ ...plain, client: 'mobile' })
    for (const client of [undefined, 'tablet', 'first-party']) {
      expect(await codeOf(latchkey.refresh({ token, transport: 'body', client }))).toBe('token_invalid')
      await latchkey.signOut({ token, client })
    }
    const { session, accessToken } = await latchkey.refresh({ token, transport: 'body', client: 'mobile' })
    expect([session.client, session.generation]).toEqual(['mobile', 2])
    expect(payloadOf(accessToken)['client_id']).toBe('mobile')
    await latchkey.signOut({ token, client: 'mobile' })
    expect(await codeOf(latchkey.refresh({ token, transport: 'body', client: 'mobile' }))).toBe('session_ended')
  })
})

describe('a narrower scope', () => {
  const scoped = { ...plain, scope: 'read write admin' } as const

  test('is the access token’s alone: the session keeps its own (RT-6)', async () => {
    const { latchkey } = await openEngine()
    const { refreshToken: token } = await latchkey.signIn(scoped)
    const less = await latchkey.refresh({ token, transport: 'body', scope: 'write' })
    expect([less.scope, payloadOf(less.accessToken)['scope'], less.session.scope]).toEqual([
      'write',
      'write',
      'read write admin',
    ])
    const whole = await latchkey.refresh({ token: less.refreshToken, transport: 'body' })
    expect(payloadOf(whole.accessToken)['scope']).toBe('read write admin')
  })

  test.each(['read delete', 'delete', ' read', '', 'read  write'])(
    'that is none (%j) is refused before anything moves (RT-6)',
    async (scope) => {
      const { latchkey } = await openEngine()
      const { refreshToken: token } = await latchkey.signIn(scoped)
      expect(await codeOf(latchkey.refresh({ token, transport: 'body', scope }))).toBe('scope_refused')
      const { session } = await latchkey.refresh({ token, transport: 'body' })
      expect(session.generation).toBe(2)
    },
  )
})

describe('how the user proved who he is', () => {
  const strong = { ...plain, acr: 'urn:example:strong', amr: ['pwd', 'otp'] } as const

  test('stays what it was at sign-in through every renewal (RT-15, SU-4)', async () => {
    const { latchkey, clock } = await openEngine()
    let { refreshToken: token, accessToken } = await latchkey.signIn(strong)
    const told = (): unknown[] => ['acr', 'amr', 'auth_time'].map((name) => payloadOf(accessToken)[name])
    const first = told()
    expect(first).toEqual(['urn:example:strong', ['pwd', 'otp'], clock.now() / second])
    for (let round = 0; round < 3; round += 1) {
      clock.advance(minute)
      ;({ refreshToken: token, accessToken } = await latchkey.refresh({ token, transport: 'body' }))
      expect(told()).toEqual(first)
    }
    expect(await latchkey.verify(accessToken)).toMatchObject({ acr: 'urn:example:strong', amr: ['pwd', 'otp'] })
  })

  test('is neither shown to the renew hook nor changed by it', async () => {
    const shown: unknown[] = []
    const { latchkey } = await openEngine({
      renew: ({ claims }) => {
        shown.push(claims)
        return { claims: { role: 'editor' } }
      },
    })
    const { refreshToken: token } = await latchkey.signIn({ ...strong, claims: { role: 'reader' } })
    const { accessToken } = await latchkey.refresh({ token, transport: 'body' })
    expect(shown).toEqual([{ role: 'reader' }])
    expect(payloadOf(accessToken)).toMatchObject({ role: 'editor', acr: 'urn:example:strong', amr: ['pwd', 'otp'] })
  })

  test('cannot be said by the application’s claims', async () => {
    const { latchkey } = await openEngine()
    const claims = { acr: 'strong' }
    await expect(latchkey.signIn({ ...plain, claims })).rejects.toMatchObject({ code: 'argument_invalid' })
  })
})

describe('the throttle of a renewal', () => {
  test('is asked for an authentic token alone, before the store, and ends nothing', async () => {
    const { latchkey, store } = await openEngine()
    const { refreshToken: token, session } = await latchkey.signIn(plain)
    const asked: string[] = []
    const advance = store.advance.bind(store)
    store.advance = (...step) => {
      asked.push('the store')
      return advance(...step)
    }
    const admit = (id: string): void => void asked.push(id)
    await latchkey.refresh({ token, transport: 'body', admit })
    expect(await codeOf(latchkey.refresh({ token: `${token.slice(0, -1)}!`, transport: 'body', admit }))).toBe(
      'token_invalid',
    )
    expect(asked).toEqual([session.id, 'the store'])
  })
})

describe('what other parts derive and publish', () => {
  test('derives the same secrets on every node, others for another label and another environment', async () => {
    const one = await openEngine()
    const two = await openEngine({ store: one.store })
    const elsewhere = await openEngine()
    const [mine] = one.latchkey.deriveKeys('nonces')
    expect(mine).toHaveLength(32)
    expect(two.latchkey.deriveKeys('nonces')).toEqual([mine])
    expect(one.latchkey.deriveKeys('others')).not.toEqual([mine])
    expect(elsewhere.latchkey.deriveKeys('nonces')).not.toEqual([mine])
  })

  test.each(['ES256', 'EdDSA', 'Ed25519', 'RS256'] as const)(
    'publishes the public half of a key for %s, and nothing else of it (MD-5)',
    async (alg) => {
      const keys = generateKeys(alg)
      const { latchkey } = await openEngine({ keys })
      const { keys: published } = latchkey.jwks()
      expect(published).toHaveLength(1)
      const [key] = published
      const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...open } = keys.signing[0]!.privateJwk
      expect(key).toMatchObject({ ...open, use: 'sig', alg, kid: keys.signing[0]!.kid })
      expect(Object.keys(key!).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(name))).toEqual([])
    },
  )
})
