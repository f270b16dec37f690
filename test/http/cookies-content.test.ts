// What our cookies say: nothing of anybody, in characters that no header and no cookie can be split by, whatever users,
// applications and clients have put in. The mistake it prevents: a user name that becomes a cookie of its own.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bytesOf } from '../helpers/requests.ts'
import { startApp, withApp, type RunningApp } from './in-process.ts'
import { cookieMode, fromOwnPage, names, PageClient, send } from './page-client.ts'

const hostile = 'ada\r\nSet-Cookie: evil=1; Domain=example\r\n\r\n<p>;,"\\ \u0001é'
const password = 'x\r\ny'
const claims = { 'x\r\nSet-Cookie: a': hostile }

const sessions = {
  transports: ['cookie'] as const,
  cookies: { access: true },
  authenticate: ({ username }: { readonly username: string }) => ({
    id: username,
    profile: { name: username },
    claims,
  }),
}

let app: RunningApp
beforeAll(async () => {
  app = await startApp({ sessions })
})
afterAll(() => app.close())

const line =
  /^__Host-(?:Http-)?latchkey(?:-access|-session)?=[\w.-]*; Max-Age=\d+; (?:Expires=Thu, 01 Jan 1970 00:00:00 GMT; )?Path=\/; SameSite=Strict; Secure(?:; HttpOnly)?$/

describe('our cookies', () => {
  test('cannot be split by whatever reaches them: user names, claims, user agents (attack 21, CK-6)', async () => {
    const client = new PageClient(app.url)
    const more = { 'User-Agent': 'x;y=1,z"\\', 'X-Forwarded-Host': 'a;b' }
    const answers = [await client.signIn({ username: hostile, password }, more)]
    answers.push(await client.ask('POST /token', { more }), await client.ask('POST /logout', { more }))
    expect(answers.map(({ status, set }) => [status, set.length])).toEqual([
      [200, 3],
      [200, 3],
      [204, 3],
    ])
    for (const each of answers.flatMap(({ set }) => set)) expect(each).toMatch(line)
    for (const { headers } of answers) expect(JSON.stringify(headers)).not.toMatch(/evil|<p>/)
  })

  test('come back as they went out or are refused: no value of ours can be made to split an answer (attack 21)', async () => {
    const values = ['%0d%0aSet-Cookie:%20evil=1', 'a"b', '\u0080\u00ff', 'x'.repeat(8000), '../..', '__proto__', 'null']
    for (const value of values) {
      for (const name of Object.values(names)) {
        const headers = { ...fromOwnPage, ...cookieMode, Cookie: `${name}=${value}` }
        const answers = [await send(app.url, 'POST /token', headers), await send(app.url, 'POST /logout', headers)]
        expect([401, 403]).toContain(answers[0]!.status)
        expect(answers[1]!.status).toBe(204)
        for (const each of answers.flatMap(({ set }) => set)) expect(each).toMatch(line)
      }
    }
  })

  test('the refresh cookie says nothing of its user, and no cookie but for pages does (BB-4, NI-9, PR-7)', async () => {
    const client = new PageClient(app.url)
    await client.signIn({ username: 'ada-lovelace', password })
    const readable = `${bytesOf(client.refreshToken).toString('latin1')} ${client.jar.get(names.sessionId)}`
    expect(readable).not.toMatch(/ada|lovelace|app\.example/)
  })

  test('are whole on their own: they live as long as their session and end with it (BB-7)', async () => {
    await withApp({ latchkey: { idleSeconds: 3600, absoluteSeconds: 7200 }, sessions }, async (other) => {
      const client = new PageClient(other.url)
      const { set } = await client.signIn({ username: 'ada', password })
      expect(set.filter((each) => each.includes('; Max-Age=3600;'))).toHaveLength(2)
      await other.latchkey.revokeAll('ada')
      expect((await client.ask('POST /token')).status).toBe(403)
    })
  })
})
