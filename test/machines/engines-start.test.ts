// Ten nodes that start at the same moment on an empty database: one schema, one key set, one administrator, no error.
// And a database that is not there: one sentence, its own exit code, and no password on the screen (I4).

import { afterEach, describe, expect, test } from 'vitest'
import { ask, renew, signed, signIn } from '../helpers/requests.ts'
import { freshFolder, removeFolder, runCommand, type TestServer } from '../helpers/server.ts'
import { engines, secret, type Engine } from '../helpers/engines.ts'

let engine: Engine | undefined
afterEach(async () => {
  await engine?.remove()
  engine = undefined
})

describe.each(engines)('on %s', (_name, missing, startEngine) => {
  test.skipIf(missing)(
    'ten nodes started at once are one deployment, and none of them complains',
    async () => {
      const shared = (engine = await startEngine())
      const folder = freshFolder()
      const early = await runCommand(folder, ['doctor'], shared.env)
      removeFolder(folder)
      expect([early.code, early.stdout]).toEqual([
        0,
        expect.stringMatching(/^warning database: .* nothing of Latchkey yet/m),
      ])
      const nodes = await Promise.all(Array.from({ length: 10 }, () => shared.node()))
      expect(nodes.filter((node) => node.madeAdministrator)).toHaveLength(1)
      expect(nodes.map(({ stderr }) => stderr).join('')).toBe('')
      await expectOneDeployment(nodes)
      const { stdout } = await runCommand(nodes[0]?.folder ?? '', ['keys', 'list', '--json'], shared.env)
      expect((JSON.parse(stdout) as { use: string }[]).map(({ use }) => use)).toEqual(['signing', 'refresh'])
    },
    60_000,
  )
})

// What one of them hands out all of them take.
async function expectOneDeployment(nodes: readonly TestServer[]): Promise<void> {
  const maker = nodes.find((node) => node.madeAdministrator)
  let session = await signIn(nodes[0]?.url ?? '', maker!.administrator)
  for (const { url } of nodes) {
    expect((await ask(url, 'GET /me', { bearer: session.accessToken })).status).toBe(200)
    session = signed(await renew(url, session.refreshToken))
  }
}

// Port 1 of this machine: nobody listens there.
describe.each([
  ['PostgreSQL', { LATCHKEY_DATABASE_URL: 'postgres://ada:hush-hush@127.0.0.1:1/latchkey' }],
  ['Redis', { LATCHKEY_DATABASE_URL: 'redis://ada:hush-hush@127.0.0.1:1' }],
])('%s that cannot be reached', (_name, settings) => {
  test('ends commands with 4 and one sentence, and is a failure for the doctor; no password is shown', async () => {
    const folder = freshFolder()
    // Needed with Redis; with PostgreSQL it does no harm.
    const users = { LATCHKEY_USERS_URL: `sqlite:${folder}/users.db` }
    const env = { LATCHKEY_SECRET: secret, ...users, ...settings }
    const lines = ['doctor', 'serve --json', 'users list', 'keys rotate']
    const [doctor, ...rans] = await Promise.all(lines.map((line) => runCommand(folder, line.split(' '), env)))
    removeFolder(folder)
    for (const { code, stdout, stderr } of rans) {
      expect([code, stdout]).toEqual([4, ''])
      expect(stderr).toMatch(/^latchkey-server: [a-z]+:\/\/127\.0\.0\.1:1[^\n]* cannot be reached[^\n]+\n$/)
    }
    expect([doctor?.code, doctor?.stdout]).toEqual([
      1,
      expect.stringMatching(/^FAILURE database: .* cannot be reached/m),
    ])
    expect(JSON.stringify([doctor, rans])).not.toMatch(/hush-hush/)
  })
})
