// Attack cases 8, 35, 37 and 40 in the OAuth dialect: tokens that a client got hold of and that are not its own, clients that
// were taken away, and what the answers tell. The clients are made from the command line, as an operator does.

import { beforeAll, describe, expect, test } from 'vitest'
import { ask, signed, type Signed } from '../helpers/requests.ts'
import { until } from '../helpers/server.ts'
import type { RawAnswer } from '../http/raw-socket.ts'
import { useTarget } from './target.ts'

const target = useTarget()
/** A client that was taken away is refused within this. */
const heardMs = 15_000
interface Made {
  readonly id: string
  readonly secret: string
}
let shop: Made
let rival: Made
let watcher: Made

async function add(id: string, ...rights: string[]): Promise<Made> {
  const made = (await target().command('clients', 'add', id, '--json', ...rights)) as { secret: string }
  return { id, secret: made.secret }
}
beforeAll(async () => {
  shop = await add('shop', '--sign-in', '--refresh')
  rival = await add('rival', '--sign-in', '--refresh')
  watcher = await add('watcher', '--introspect')
})

const basic = ({ id, secret }: Made): string =>
  `Authorization: Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
const begin = async ({ id, secret }: Made): Promise<Signed> =>
  signed(await ask(target().url, 'POST /login', { body: { ...target().user, client_id: id, client_secret: secret } }))
const grant = (token: string, lines: readonly string[] = [], more: Record<string, string> = {}): Promise<RawAnswer> =>
  target().sendForm('POST /token', { grant_type: 'refresh_token', refresh_token: token, ...more }, lines)
const badGrant = /^\{"error":"invalid_grant",/

describe('attack 37: the token of another client', () => {
  test('renews nothing, whoever sends it: invalid_grant, and it stays good for its own client (RT-5, TE-6)', async () => {
    const mine = await begin(shop)
    await target().unmoved(async () => {
      for (const lines of [[basic(rival)], []]) {
        const answer = await grant(mine.refreshToken, lines)
        expect([answer.status, badGrant.test(answer.body)]).toEqual([400, true])
      }
      expect((await target().sendJson('POST /token', { refreshToken: mine.refreshToken })).status).toBe(403)
    })
    expect((await grant(mine.refreshToken, [basic(shop)])).status).toBe(200)
  })

  test('is not revoked by another: 200 as always, and it works on (RV-4)', async () => {
    const mine = await begin(shop)
    await target().unmoved(async () => {
      for (const token of [mine.refreshToken, mine.accessToken]) {
        expect((await target().sendForm('POST /revoke', { token }, [basic(rival)])).status).toBe(200)
        expect((await target().sendForm('POST /revoke', { token })).status).toBe(200)
      }
    })
    expect((await grant(mine.refreshToken, [basic(shop)])).status).toBe(200)
  })
})

describe('attack 8: tokens of another kind at the routes of OAuth', () => {
  test('an access token is no grant, and a refresh token is never active (JW-7, IN-6)', async () => {
    const mine = await begin(shop)
    await target().unmoved(async () => {
      expect((await grant(mine.accessToken, [basic(shop)])).body).toMatch(badGrant)
      const asked = await target().sendForm('POST /introspect', { token: mine.refreshToken }, [basic(watcher)])
      expect([asked.status, asked.body]).toEqual([200, '{"active":false}'])
    })
  })

  test('who proves nothing, or may not, introspects nothing (IN-1)', async () => {
    const { accessToken } = await begin(shop)
    const wrong = { ...watcher, secret: 'wrong' }
    for (const lines of [[], [basic(wrong)], [basic(shop)], [`Authorization: Bearer ${accessToken}`]]) {
      const answer = await target().sendForm('POST /introspect', { token: accessToken }, lines)
      expect([400, 401]).toContain(answer.status)
      expect(answer.body).not.toContain('active')
    }
  })
})

describe('attack 40: finding out which clients and tokens there are', () => {
  test('an unknown client and a wrong secret: one and the same answer (TE-6)', async () => {
    const { refreshToken } = await begin(shop)
    const lines = [
      { id: 'nobody', secret: 'x' },
      { id: 'shop', secret: 'x' },
      { id: 'shop', secret: `${shop.secret}x` },
    ].map(basic)
    const answers: RawAnswer[] = []
    for (const line of lines) answers.push(await grant(refreshToken, [line]))
    expect(answers[0]?.status).toBe(401)
    expect(new Set(answers.map(({ status, body }) => `${status}${body}`)).size).toBe(1)
  })

  test('forged, unknown, foreign, ended and reused tokens: one and the same body (TE-6)', async () => {
    const [ended, reused, foreign] = [await begin(shop), await begin(shop), await begin(rival)]
    await target().sendForm('POST /revoke', { token: ended.refreshToken }, [basic(shop)])
    let last = reused.refreshToken
    for (let round = 0; round < 2; round += 1) {
      last = (JSON.parse((await grant(last, [basic(shop)])).body) as { refresh_token: string }).refresh_token
    }
    const tokens = ['x', `lkr1_${'A'.repeat(72)}`, foreign.refreshToken, ended.refreshToken, reused.refreshToken, last]
    const answers: RawAnswer[] = []
    for (const token of tokens) answers.push(await grant(token, [basic(shop)]))
    expect(answers[0]?.body).toMatch(badGrant)
    expect(new Set(answers.map(({ status, body }) => `${status}${body}`)).size).toBe(1)
  })
})

describe('attack 35: a renewal after the client lost its rights', () => {
  test('a client that was removed is refused, its sessions too, and nobody else’s (RT-11, RT-13)', async () => {
    const doomed = await add('doomed', '--sign-in', '--refresh')
    const [theirs, others] = [await begin(doomed), await begin(shop)]
    expect((await target().run(['clients', 'remove', 'doomed'])).code).toBe(0)
    const isRefused = async (): Promise<boolean> => (await grant('x', [basic(doomed)])).status === 401
    await until('the client is refused', isRefused, heardMs)
    await target().unmoved(async () => {
      expect((await grant(theirs.refreshToken, [basic(doomed)])).status).toBe(401)
      expect((await grant(theirs.refreshToken)).status).toBe(400)
    })
    expect((await grant(others.refreshToken, [basic(shop)])).status).toBe(200)
  })

  test('a scope that the session does not have is invalid_scope, and rotates nothing (RT-6)', async () => {
    const mine = await begin(shop)
    await target().unmoved(async () => {
      const answer = await grant(mine.refreshToken, [basic(shop)], { scope: 'admin' })
      expect([answer.status, answer.body.includes('"invalid_scope"')]).toEqual([400, true])
    })
    expect((await grant(mine.refreshToken, [basic(shop)])).status).toBe(200)
  })

  test('no other grant is known: password, code, client credentials (TE-7)', async () => {
    for (const type of [
      'password',
      'authorization_code',
      'client_credentials',
      'implicit',
      'urn:ietf:params:oauth:grant-type:device_code',
    ]) {
      const answer = await target().sendForm('POST /token', { grant_type: type, ...target().user, code: 'x' }, [
        basic(shop),
      ])
      expect([type, answer.status, answer.body.includes('"unsupported_grant_type"')]).toEqual([type, 400, true])
    }
  })
})
