// OAuth clients from the command line, beside a running server: a secret is shown once and never kept, a client works a
// moment after it was added, and is refused a moment after it was removed.

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, claimsOf, signIn, type Answer } from '../helpers/requests.ts'
import { runCommand, until } from '../helpers/server.ts'
import { Audited, env } from './audit-command.ts'

/** What the running server may remember, and some time for a busy machine. */
const soonMs = 15_000

let trail: Audited
beforeAll(async () => {
  trail = await Audited.start()
})
afterAll(() => trail.server.remove())

interface Added {
  readonly id: string
  readonly secret: string
}

const added = async (args: string): Promise<Added> =>
  JSON.parse(await trail.said(`clients add ${args} --json`)) as Added

function form(path: string, values: Readonly<Record<string, string>>, basic?: Added): Promise<Answer> {
  const credentials = Buffer.from(`${basic?.id}:${basic?.secret}`).toString('base64')
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    ...(basic === undefined ? {} : { Authorization: `Basic ${credentials}` }),
  }
  return ask(trail.url, `POST ${path}`, { body: new URLSearchParams(values).toString(), headers })
}

test('a client is added with a secret that is shown once, listed without it, and removed', async () => {
  const client = await added('app --sign-in --refresh --dpop-bound --scope read --introspect')
  const shown = {
    id: 'app',
    scopes: ['read'],
    signIn: true,
    refresh: true,
    dpopBound: true,
    introspect: true,
    public: false,
    createdAt: expect.stringMatching(/^\d{4}-/) as string,
  }
  expect(client).toEqual({ ...shown, secret: expect.stringMatching(/^[\w-]{43}$/) as string })
  expect(JSON.parse(await trail.said('clients list --json'))).toEqual([shown])
  const table = await trail.said('clients list')
  expect(table.split('\n')[1]).toMatch(/^app +confidential +sign-in refresh dpop-bound introspect +read +\d{4}-/)
  expect(JSON.parse(await trail.said('clients remove app --json'))).toEqual({ id: 'app', removed: true })
  expect(await trail.said('clients list --json')).toBe('[]\n')
  expect((await trail.run('clients remove app')).code).toBe(3)
})

test('without rights where nothing is said: no sign-in, no refresh tokens, no scope, no introspection (RT-11)', async () => {
  const { secret: _, createdAt: __, ...rights } = (await added('bare')) as Added & { createdAt: string }
  const none = { signIn: false, refresh: false, dpopBound: false, introspect: false, scopes: [] }
  expect(rights).toEqual({ id: 'bare', public: false, ...none })
  expect(await added('open --public')).not.toHaveProperty('secret')
})

test('what was done with clients is in the audit trail, with what they may do; the secret is nowhere (RT-10, I4)', async () => {
  const client = await added('audited --scope read --sign-in')
  await trail.said('clients remove audited')
  const rows = (await trail.exported()).filter((row) => row.client === 'audited')
  expect(rows).toMatchObject([
    { event: 'client_added', actor: 'cli', details: { scopes: ['read'], signIn: true, refresh: false, public: false } },
    { event: 'client_removed', actor: 'cli', details: {} },
  ])
  const files = ['', '-wal'].map((end) => readFileSync(`${trail.server.databasePath}${end}`, 'latin1'))
  for (const text of [...files, trail.server.log, JSON.stringify(rows)]) expect(text).not.toContain(client.secret)
})

test('a client that was added works on the running server at once, and one that was removed soon does not', async () => {
  const { accessToken: token } = await signIn(trail.url, trail.server.administrator)
  const client = await added('resource-server --introspect')
  const answer = await form('/introspect', { token }, client)
  expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ active: true })])
  const wrong = await form('/introspect', { token }, { ...client, secret: 'a wrong secret' })
  expect(wrong.status).toBe(401)
  await trail.said('clients remove resource-server')
  const refused = async (): Promise<boolean> => (await form('/introspect', { token }, client)).status === 401
  await until('the removed client is refused', refused, soonMs)
})

test('users sign in by a client that may; when it was removed, its sessions are refused (attack 35)', async () => {
  const client = await added('shop --sign-in --refresh')
  const body = { ...trail.server.administrator, client_id: client.id, client_secret: client.secret }
  const began = await ask(trail.url, 'POST /login', { body })
  expect(began.status).toBe(200)
  const renewed = async (refreshToken: string): Promise<Answer> =>
    form('/token', { grant_type: 'refresh_token', refresh_token: refreshToken }, client)
  const first = await renewed((began.body as { refreshToken: string }).refreshToken)
  expect([first.status, first.body]).toEqual([200, expect.objectContaining({ token_type: 'Bearer' })])
  const { refresh_token: token } = first.body as { refresh_token: string }
  expect(await trail.rowsOnce('--event signed_in --limit 1', 1)).toMatchObject([{ client: 'shop' }])
  await trail.said('clients remove shop')
  const refused = async (): Promise<boolean> => {
    const { status, body: said } = await form('/revoke', { token: 'anything' }, client)
    return status === 401 && (said as { error?: unknown }).error === 'invalid_client'
  }
  await until('the removed client is refused', refused, soonMs)
  expect(await renewed(token)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  expect((await ask(trail.url, 'POST /login', { body })).status).toBe(401)
})

test('a client gets that part of a user’s scope that it may have; another scope ends his sessions (RT-6, attack 38)', async () => {
  const ada = await trail.newUser('ada')
  const { code, stdout } = await runCommand(trail.server.folder, ['users', 'scope', 'ada', 'read write', '--json'], env)
  expect([code, JSON.parse(stdout)]).toEqual([0, { name: 'ada', scope: 'read write', sessionsEnded: 0 }])
  const client = await added('reader --sign-in --scope read')
  const body = { username: 'ada', password: ada.password, client_id: client.id, client_secret: client.secret }
  const scopeOf = async (asked: object): Promise<unknown> => {
    const { accessToken } = (await ask(trail.url, 'POST /login', { body: asked })).body as { accessToken: string }
    return claimsOf(accessToken)['scope']
  }
  expect([await scopeOf(body), await scopeOf(ada)]).toEqual(['read', 'read write'])
  expect(JSON.parse(await trail.said('users scope ada --json'))).toEqual({ name: 'ada', scope: '', sessionsEnded: 2 })
  expect([await scopeOf(body), await scopeOf(ada)]).toEqual([undefined, undefined])
  expect(await trail.rowsOf('--event scope_set')).toMatchObject([{ actor: 'cli', subject: ada.id }, {}])
})

test.each([
  ['clients add first-party', 1, /first-party is built in/],
  ['clients add twice', 1, /there is a client twice already/],
  ['clients add a --public --confidential', 2, /not both/],
  ['clients add a --public --introspect', 1, /has no secret/],
  ['clients add a --refresh', 1, /without --sign-in/],
  ['clients add ä', 1, /visible ASCII/],
  ['clients add', 2, /missing required argument/],
  ['clients remove nobody', 3, /no such client/],
])('%s ends with %i and says why', async (args, code, sentence) => {
  if (args.endsWith('twice')) await added('twice')
  const ran = await trail.run(args)
  expect([ran.code, ran.stdout]).toEqual([code, ''])
  expect(ran.stderr).toMatch(sentence)
})
