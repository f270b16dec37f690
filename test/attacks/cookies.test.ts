// Attack cases 21, 22 and 24: cookies. What a client writes never reaches a Set-Cookie line, a session that was planted before
// a sign-in is worth nothing after it, and of two cookies with our name neither is believed.

import { describe, expect, test } from 'vitest'
import { ask, claimsOf } from '../helpers/requests.ts'
import { CookieSession, cookiesIn, fromOurPage, hintName, refreshName } from './cookie-session.ts'
import { useTarget } from './target.ts'

const target = useTarget()
const lines = (headers: Readonly<Record<string, string>>): string[] =>
  Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
const me = async (token: string): Promise<number> => (await ask(target().url, 'GET /me', { bearer: token })).status

describe('attack 21: line ends and semicolons on their way into a header', () => {
  const nasty = [
    'a\r\nSet-Cookie: x=1',
    'a; Domain=evil.example',
    'a%0d%0aSet-Cookie: x=1',
    '"; Secure=no',
    '\u00e9\u0000',
    '\u{1F36A}',
  ]

  test('in a name, a password or a path they come back in no header; names of cookies are ours alone (CK-6)', async () => {
    for (const text of nasty) {
      const answers = [
        await target().sendJson('POST /login', { username: text, password: text }, lines(fromOurPage)),
        await target().send(`GET /${encodeURIComponent(text)}`),
        await target().send(`DELETE /sessions/${encodeURIComponent(text)}`, ['Authorization: Bearer x']),
        await target().sendJson('POST /token', { token: text }),
      ]
      for (const { status, headers } of answers) {
        expect([status >= 400 && status < 500, headers.has('set-cookie')]).toEqual([true, false])
        expect([...headers.values()].join('\n')).not.toContain('evil')
      }
    }
  })

  test('as a user’s real name they change nothing of the cookies: each line is ours, whole (CK-1, CK-6)', async () => {
    const answer = await ask(target().url, 'POST /login', {
      body: target().user,
      headers: { ...fromOurPage, 'User-Agent': 'x; Domain=evil.example' },
    })
    const set = answer.headers.getSetCookie()
    expect(set).toHaveLength(2)
    expect(set[0]).toMatch(
      /^__Host-Http-latchkey=lkr1_[\w-]{72}; Max-Age=\d+; Path=\/; SameSite=Strict; Secure; HttpOnly$/,
    )
    expect(set[1]).toMatch(/^__Host-latchkey-session=[\w-]{22}; Max-Age=\d+; Path=\/; SameSite=Strict; Secure$/)
  })
})

describe('attack 22: a session that was planted before the sign-in', () => {
  test('is replaced and ended: neither its tokens nor its id live on (SE-4, CK-10)', async () => {
    const planted = await CookieSession.signIn(target())
    const owner = await CookieSession.signIn(target(), { Cookie: planted.cookie })
    expect(owner.refreshToken).not.toBe(planted.refreshToken)
    expect(claimsOf(owner.accessToken)['sid']).not.toBe(claimsOf(planted.accessToken)['sid'])
    expect([await me(planted.accessToken), (await planted.renew()).status]).toEqual([401, 403])
    expect([await me(owner.accessToken), (await owner.renew()).status]).toEqual([200, 200])
  })

  test('with a made-up id or token the new one is ours all the same', async () => {
    for (const value of ['planted-by-eve', `lkr1_${'A'.repeat(72)}`, 'lkr1_']) {
      const cookie = `${refreshName}=${value}; ${hintName}=planted`
      const owner = await CookieSession.signIn(target(), { Cookie: cookie })
      expect(owner.refreshToken).not.toBe(value)
      expect((await owner.renew()).status).toBe(200)
    }
  })

  test('a second sign-in of the same browser ends the first, re-authentication included (SE-4, SU-4)', async () => {
    let before = await CookieSession.signIn(target())
    for (let round = 0; round < 3; round += 1) {
      const after = await CookieSession.signIn(target(), { Cookie: before.cookie })
      expect([await me(before.accessToken), await me(after.accessToken)]).toEqual([401, 200])
      before = after
    }
  })

  test('a failed sign-in ends nothing, and sets nothing', async () => {
    const owner = await CookieSession.signIn(target())
    await target().unmoved(async () => {
      const answer = await owner.send('POST /login', fromOurPage, { username: 'admin', password: 'wrong' })
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([401, []])
    })
    expect((await owner.renew()).status).toBe(200)
  })
})

describe('attack 24: tossed, doubled and overflowing cookies', () => {
  test('our name twice is 400, in either order and over two headers; nothing moves (CK-9)', async () => {
    const owner = await CookieSession.signIn(target())
    const good = `${refreshName}=${owner.refreshToken}`
    const bad = `${refreshName}=lkr1_${'A'.repeat(72)}`
    const headers = lines(fromOurPage)
    await target().unmoved(async () => {
      for (const cookies of [
        [`${good}; ${bad}`],
        [`${bad}; ${good}`],
        [good, bad],
        [bad, good],
        [`${good}; ${good}`],
      ]) {
        const answer = await target().send('POST /token', [...headers, ...cookies.map((each) => `Cookie: ${each}`)])
        expect([cookies.length, answer.status, answer.headers.has('set-cookie')]).toEqual([cookies.length, 400, false])
      }
    })
    expect((await owner.renew()).status).toBe(200)
  })

  test('a name in other letters, quoted, or with a dot in it is not ours: 401 (CK-1, CK-10)', async () => {
    const { refreshToken } = await CookieSession.signIn(target())
    const names = [
      refreshName.toUpperCase(),
      refreshName.toLowerCase(),
      'latchkey',
      '__Http-latchkey',
      '__Host-latchkey',
      `${refreshName}.x`,
      '',
      `"${refreshName}"`,
    ]
    await target().unmoved(async () => {
      for (const name of names) {
        const answer = await target().send('POST /token', [...lines(fromOurPage), `Cookie: ${name}=${refreshToken}`])
        expect([name, answer.status]).toEqual([name, 401])
      }
      const quoted = await target().send('POST /token', [
        ...lines(fromOurPage),
        `Cookie: ${refreshName}="${refreshToken}"`,
      ])
      expect(quoted.status).toBe(403)
    })
  })

  test('fifty of other names around ours do not hide it, and a flood is 431', async () => {
    const owner = await CookieSession.signIn(target())
    const others = Array.from({ length: 50 }, (_, n) => `c${n}=v`)
    const around = [...others, `${refreshName}=${owner.refreshToken}`, ...others].join('; ')
    expect((await target().send('POST /token', [...lines(fromOurPage), `Cookie: ${around}`])).status).toBe(200)
    const flood = Array.from({ length: 3000 }, (_, n) => `c${n}=value`).join('; ')
    expect((await target().send('POST /token', [...lines(fromOurPage), `Cookie: ${flood}`])).status).toBe(431)
  })

  test('a refused renewal takes no cookie away: a late answer must not wipe a newer session (CK-7)', async () => {
    const owner = await CookieSession.signIn(target())
    await owner.send('POST /logout')
    const answer = await owner.send('POST /token')
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []])
  })

  test('a sign-out takes ours away with all their attributes, also of a session that is over (CK-7, SE-14)', async () => {
    const owner = await CookieSession.signIn(target())
    for (let round = 0; round < 2; round += 1) {
      const answer = await owner.send('POST /logout')
      expect([answer.status, [...cookiesIn(answer).values()]]).toEqual([204, ['', '']])
      for (const line of answer.headers.getSetCookie())
        expect(line).toMatch(/Max-Age=0;.*Path=\/; SameSite=Strict; Secure/)
    }
  })
})
