// The audit trail of several nodes, on PostgreSQL and beside Redis: one trail, whichever node saw it; nothing that was
// told is left behind when a node stops; and what is secret is in none of it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, claimsOf, renew, signed, signIn } from '../helpers/requests.ts'
import { freshFolder, removeFolder, runCommand, startServer, type Env, type TestServer } from '../helpers/server.ts'
import { engines, type Engine } from '../helpers/engines.ts'

interface Row {
  readonly id: string
  readonly event: string
  readonly session: string | null
  readonly actor: string | null
  readonly details: Readonly<Record<string, unknown>>
}

async function exported(env: Env): Promise<Row[]> {
  const folder = freshFolder()
  try {
    const { code, stdout, stderr } = await runCommand(folder, ['audit', 'export'], env)
    expect([code, stderr]).toEqual([0, ''])
    const lines = stdout.split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line) as Row)
  } finally {
    removeFolder(folder)
  }
}

describe.each(engines)('the audit trail of nodes on %s', (_name, missing, start) => {
  let engine: Engine
  let nodes: [TestServer, TestServer]
  beforeAll(async () => {
    if (missing !== null) return
    engine = await start()
    nodes = [await engine.node(), await engine.node()]
  })
  afterAll(() => engine?.remove())

  test.skipIf(missing)('is one, and complete when they have stopped; keys in use stand in it once', async () => {
    const [one, two] = nodes
    const { administrator } = one
    const first = await signIn(one.url, administrator)
    const keyed = await signIn(two.url, administrator, { 'Latchkey-Proof': 'v1' })
    const second = signed(await renew(two.url, first.refreshToken))
    await renew(one.url, second.refreshToken)
    expect((await renew(two.url, first.refreshToken)).status).toBe(403)
    expect((await renew(one.url, keyed.refreshToken)).status).toBe(403)
    await ask(two.url, 'POST /logout', { body: { refreshToken: keyed.refreshToken } })
    for (const node of nodes) expect(await node.stop()).toBe(0)
    const rows = await exported(engine.env)
    const [firstId, keyedId] = [first, keyed].map(({ accessToken }) => String(claimsOf(accessToken)['sid']))
    const ofSessions = rows.filter(({ session }) => session !== null).map(({ event, session }) => `${event} ${session}`)
    const expected = [
      `reuse ${firstId}`,
      `revoked ${firstId}`,
      `revoked ${keyedId}`,
      `signed_in ${firstId}`,
      `signed_in ${keyedId}`,
      `unproved ${keyedId}`,
    ]
    expect(ofSessions.toSorted()).toEqual(expected.toSorted())
    const others = rows.filter(({ session }) => session === null).map(({ event, actor }) => `${event} by ${actor}`)
    expect(others.toSorted()).toEqual(['key_in_use by server', 'key_in_use by server', 'user_added by server'])
    const text = JSON.stringify(rows)
    for (const { accessToken, refreshToken, sessionKey } of [first, second, keyed]) {
      for (const secret of [accessToken, refreshToken, sessionKey ?? administrator.password]) {
        expect(text).not.toContain(secret.slice(-20))
      }
    }
    expect(text).not.toMatch(new RegExp(`lkr1_|eyJ|${administrator.password}`))
  })
})

test('a trail that cannot be written fails no sign-in, and is told in the log (I3, SE-15)', async () => {
  const server = await startServer()
  try {
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(server.databasePath)
    database.exec('PRAGMA busy_timeout = 5000')
    database.exec("CREATE TRIGGER no_more BEFORE INSERT ON latchkey_audit BEGIN SELECT raise(ABORT, 'no more'); END")
    for (let count = 0; count < 3; count += 1) await signIn(server.url, server.administrator)
    const folder = server.folder
    const ran = await runCommand(folder, ['users', 'disable', 'admin'])
    expect([ran.code === 0, ran.stderr]).toEqual([false, expect.stringMatching(/was done, but .* audit trail/)])
    database.exec('DROP TRIGGER no_more')
    database.close()
    expect(await server.stop()).toBe(0)
    expect(server.log).toMatch(/the audit trail could not be written/)
    const events = (await runCommand(folder, ['audit', 'export'])).stdout
    expect(events.match(/"event":"signed_in"/g)).toHaveLength(3)
  } finally {
    await server.remove()
  }
})
