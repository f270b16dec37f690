// Attack cases 44 and 45: what a client writes must not become a line of the log, and what stands on every object's prototype
// must not become a setting. The second needs a server whose prototypes are polluted before its first line runs.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, renew, signed, signIn } from '../helpers/requests.ts'
import { baseEnv, preloading, startTarget, useTarget, type Target } from './target.ts'
import { Forge, header } from './tokens.ts'

const target = useTarget()
const escape = '\u001B'
const line = '{"level":60,"msg":"the server is on fire"}'

describe('attack 44: lines and secrets in the log', () => {
  const wanted = 'the server is on fire'
  const linesOf = (): unknown[] =>
    target()
      .server.log.split('\n')
      .filter((each) => each !== '' && !each.startsWith('inside: '))
      .map((each) => JSON.parse(each) as unknown)

  test('what a client says of itself begins no line, whole or escaped (SE-15, PR-6)', async () => {
    const agents = [`Mozilla ${line}`, 'a\tb', '\x85\x9b31m', '<script>alert(1)</script>', '%0d%0a{"level":60}']
    for (const agent of agents) {
      await target().sendJson('POST /login', target().user, [`User-Agent: ${agent}`])
    }
    for (const name of [`x\n${line}`, `x\r\n${line}`, `\u2028${line}`, `${escape}[31m${line}`]) {
      await target().sendJson('POST /login', { username: name, password: name })
      await target().sendJson('POST /token', { token: name })
    }
    const levels = linesOf().map((each) => (each as { level: number }).level)
    expect(levels.length).toBeGreaterThan(4)
    expect(levels.filter((level) => level >= 50)).toEqual([])
    expect(linesOf().filter((each) => (each as { msg?: string }).msg?.includes(wanted))).toEqual([])
  })

  test('a broken header with a line feed is refused before it is read: 400', async () => {
    for (const value of [`a\n${line}`, `a\r${line}`, 'a\0b', `${escape}[31m`]) {
      expect((await target().send('GET /me', [`User-Agent: ${value}`])).status).toBe(400)
    }
  })

  test('no control character reaches the list of sessions or the command line (PR-6)', async () => {
    const { accessToken } = signed(
      await ask(target().url, 'POST /login', {
        body: target().user,
        headers: { 'User-Agent': 'Firefox/1 \x9b31m\x85x' },
      }),
    )
    const { text } = await ask(target().url, 'GET /sessions', { bearer: accessToken })
    const { stdout } = await target().run(['sessions', 'list'])
    for (const shown of [text, stdout.replaceAll('\n', '')]) expect(shown).not.toMatch(/[\p{Cc}]/u)
  })

  test('no token that was refused, and no kid, stands in an answer or in the log (PD-4, I4)', async () => {
    const { accessToken, refreshToken } = await target().signIn()
    const marker = 'MARK-OF-THE-ATTACKER'
    const tokens = [
      new Forge(accessToken).header({ kid: marker }),
      `${header.kid}.${marker}.x`,
      `${refreshToken}${marker}`,
    ]
    for (const token of tokens) {
      const answers = [
        await target().send(`GET /me?x=${marker}`, [`Authorization: Bearer ${token}`, `X-Request-Id: ${marker}`]),
        await target().sendJson('POST /token', { token, [marker]: marker }, [`refresh-token: ${marker}`]),
        await target().send(`GET /${marker}`),
        await target().send(`DELETE /sessions/${marker}`),
      ]
      for (const { body, headers } of answers) expect(`${body}${[...headers].join()}`).not.toContain(marker)
    }
    expect(target().server.log).not.toContain(marker)
  })
})

describe('attack 45: a polluted prototype', () => {
  let polluted: Target
  beforeAll(async () => {
    polluted = await startTarget({ NODE_OPTIONS: `${baseEnv['NODE_OPTIONS']} ${preloading('polluted.ts')}` })
  })
  afterAll(() => polluted.server.remove())

  test('sets no option: the server starts and serves, and the pollution is really there', async () => {
    expect(polluted.server.stderr).toContain('inside: polluted')
    const { accessToken, refreshToken } = await signIn(polluted.url, polluted.user)
    expect((await ask(polluted.url, 'GET /me', { bearer: accessToken })).status).toBe(200)
    signed(await renew(polluted.url, refreshToken))
  })

  test('lets no unsigned, foreign or HS256 token in: algorithms are our own (JW-1)', async () => {
    const { accessToken } = await signIn(polluted.url, polluted.user)
    const forge = new Forge(accessToken)
    const tokens = [
      forge.unsigned({ alg: 'none' }),
      forge.unsigned({ alg: 'HS256' }, 'A'),
      forge.claims({ iss: 'https://evil.example' }),
    ]
    for (const token of tokens) {
      expect((await polluted.send('GET /me', [`Authorization: Bearer ${token}`])).status).toBe(401)
    }
  })

  test('takes no attribute from a cookie: Secure, HttpOnly and SameSite are there (BB-2, CK-1)', async () => {
    const lines = ['Latchkey-Transport: cookie', 'Sec-Fetch-Site: same-origin', 'Origin: https://app.example']
    const headers = Object.fromEntries(lines.map((each) => each.split(': ') as [string, string]))
    const answer = await ask(polluted.url, 'POST /login', { body: polluted.user, headers })
    expect([answer.status, answer.text.includes('lkr1_')]).toEqual([200, false])
    const cookies = answer.headers.getSetCookie()
    expect(cookies.length).toBeGreaterThan(0)
    for (const cookie of cookies) expect(cookie).toMatch(/; *Secure/i)
    expect(cookies.find((cookie) => cookie.includes('lkr1_'))).toMatch(/SameSite=Strict; Secure; HttpOnly$/)
  })

  test('turns no protection off: a wrong password is 401, a form from elsewhere 403', async () => {
    const wrong = { username: 'admin', password: 'wrong' }
    expect((await polluted.sendJson('POST /login', wrong)).status).toBe(401)
    const foreign = ['Latchkey-Transport: cookie', 'Sec-Fetch-Site: cross-site', 'Origin: https://evil.example']
    expect((await polluted.sendJson('POST /login', polluted.user, foreign)).status).toBe(403)
  })
})
