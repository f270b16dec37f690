// Two nodes on one PostgreSQL or Redis, as processes with folders of their own: what one begins the other renews, what
// one ends the other refuses at once (I10), and while the database is away nobody is refused (I3).

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, renew, signed, signIn } from '../helpers/requests.ts'
import { runCommand, until, type Credentials, type Ran, type TestServer } from '../helpers/server.ts'
import { engines, secret, type Engine } from '../helpers/engines.ts'

describe.each(engines)('two nodes on %s', (_name, missing, startEngine) => {
  let engine: Engine
  let one: TestServer
  let other: TestServer
  let admin: Credentials
  beforeAll(async () => {
    if (missing !== null) return
    engine = await startEngine()
    one = await engine.node()
    other = await engine.node()
    admin = one.administrator
  })
  afterAll(() => engine?.remove())

  const run = (args: string): Promise<Ran> => runCommand(one.folder, args.split(' '), engine.env)
  const me = async ({ url }: TestServer, bearer: string): Promise<number> =>
    (await ask(url, 'GET /me', { bearer })).status
  const isRefused = async (node: TestServer, bearer: string): Promise<boolean> => (await me(node, bearer)) === 401

  test.skipIf(missing)('make one administrator, and no file where none is needed', () => {
    expect([one.madeAdministrator, other.madeAdministrator]).toEqual([true, false])
  })

  test.skipIf(missing)('what one begins the other serves and renews, plain and keyed', async () => {
    const plain = await signIn(one.url, admin)
    expect(await me(other, plain.accessToken)).toBe(200)
    const renewed = signed(await renew(other.url, plain.refreshToken))
    expect(await me(one, renewed.accessToken)).toBe(200)
    const keyed = await KeyedClient.signIn(one.url, admin)
    for (const { url } of [other, one, other]) expect((await keyed.renew(url)).status).toBe(200)
  })

  test.skipIf(missing)('fifty renewals of one token over both have one successor (I2)', async () => {
    const client = await KeyedClient.signIn(one.url, admin)
    const urls = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? one.url : other.url))
    const answers = await Promise.all(urls.map((url) => client.send(url)))
    expect(new Set(answers.map((answer) => signed(answer).refreshToken)).size).toBe(1)
  })

  test.skipIf(missing)('a sign-out on one is refused on the other at once (I10)', async () => {
    const session = await signIn(one.url, admin)
    expect(await me(other, session.accessToken)).toBe(200)
    await ask(one.url, 'POST /logout', { body: { refreshToken: session.refreshToken } })
    await until('the other refuses', () => isRefused(other, session.accessToken), 1000)
    expect((await renew(other.url, session.refreshToken)).status).toBe(403)
  })

  test.skipIf(missing)('who is disabled from the command line is out on both, and cannot sign in (I10)', async () => {
    const added = await run('users add eve --json')
    expect(added.code).toBe(0)
    const eve = { username: 'eve', password: (JSON.parse(added.stdout) as { password: string }).password }
    const sessions = [await signIn(one.url, eve), await signIn(other.url, eve)]
    const disabled = await run('users disable Eve --json')
    expect(JSON.parse(disabled.stdout)).toMatchObject({ disabled: true, sessionsEnded: 2 })
    for (const { accessToken } of sessions) {
      for (const node of [one, other]) await until('both refuse', () => isRefused(node, accessToken), 1000)
    }
    expect((await ask(other.url, 'POST /login', { body: eve })).status).toBe(401)
    expect((await run('users list')).stdout).toMatch(/^eve .*disabled/m)
  })

  test.skipIf(missing)('sessions list, sessions revoke and sweep work as on SQLite', async () => {
    const session = await signIn(other.url, admin)
    const listed = JSON.parse((await run('sessions list --user admin --json')).stdout) as { id: string }[]
    const { stdout } = await run(`sessions revoke ${listed[0]?.id} --json`)
    expect(JSON.parse(stdout)).toEqual({ sessionsEnded: 1 })
    await until('both refuse', () => isRefused(one, session.accessToken), 1000)
    expect(await run('sweep --json')).toMatchObject({ code: 0, stdout: '{"removed":0,"auditRows":0}\n' })
  })

  test.skipIf(missing)('keys rotate adds keys that both nodes learn, and signs nobody out', async () => {
    const client = await KeyedClient.signIn(one.url, admin)
    const { code, stdout } = await run('keys rotate --json')
    expect(code).toBe(0)
    const states = (JSON.parse(stdout) as { use: string; state: string }[]).map(({ use, state }) => `${use} ${state}`)
    expect(states).toEqual(['signing next', 'signing active', 'refresh next', 'refresh active'])
    for (const { url } of [one, other]) expect((await client.renew(url)).status).toBe(200)
  })

  test.skipIf(missing)('the doctor finds nothing wrong, changes nothing, and shows no secret (I4)', async () => {
    const { code, stdout } = await run('doctor --json')
    const findings = JSON.parse(stdout) as { check: string; result: string; says: string }[]
    expect(findings.filter(({ result }) => result === 'failure')).toEqual([])
    expect([code, findings.map(({ check }) => check)]).toEqual([
      0,
      expect.arrayContaining(['keys', 'database', 'clock', 'users']),
    ])
    expect(findings.find(({ check }) => check === 'keys')?.says).toMatch(/2 refresh, 2 signing, from the database/)
    expect(stdout).not.toContain(secret)
  })

  test.skipIf(missing)('the doctor finds another secret than the one that sealed the keys', async () => {
    const env = { ...engine.env, LATCHKEY_SECRET: 'a secret that none of the nodes has heard' }
    const { code, stdout } = await runCommand(one.folder, ['doctor'], env)
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^FAILURE keys: the secret is not the one/m)])
  })

  test.skipIf(missing)('while the database is away it is 503, and everybody is still in afterwards (I3)', async () => {
    const client = await KeyedClient.signIn(one.url, admin)
    await engine.kill()
    expect((await client.send(one.url)).status).toBe(503)
    const isUnready = async (): Promise<boolean> => (await ask(one.url, 'GET /readyz')).status === 503
    await until('the node says that it is not ready', isUnready, 10_000)
    expect(await run('users list')).toMatchObject({ code: 4, stdout: '' })
    await engine.start()
    const isBack = async (): Promise<boolean> => (await client.renew(one.url)).status === 200
    await until('the node is back', isBack, 20_000)
    const isReady = async (): Promise<boolean> => (await ask(other.url, 'GET /readyz')).status === 200
    await until('the other is back too', isReady, 20_000)
    expect(await me(one, client.accessToken)).toBe(200)
    expect(one.log + other.log).not.toContain(secret)
  })

  test.skipIf(missing)('restored --end-sessions ends every session on every node (I10)', async () => {
    const session = await signIn(other.url, admin)
    const { code, stdout } = await run('restored --at 2026-01-01T00:00:00Z --end-sessions --json')
    expect([code, (JSON.parse(stdout) as { sessionsEnded: number }).sessionsEnded]).toEqual([0, expect.any(Number)])
    expect((await renew(one.url, session.refreshToken)).status).toBe(403)
  })
})
