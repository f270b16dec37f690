// No secret stays behind (I4). With the log at trace level, whole lives of sessions of every kind are played on every
// database; then each secret that was sent or issued on the way is looked for, in every form in which it could leak, in the
// log, the metrics, the audit trail, the command line, the error bodies and the database's own files.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signIn } from '../helpers/requests.ts'
import { freshFolder, removeFolder, type Env } from '../helpers/server.ts'
import { engines, secret as engineSecret } from '../helpers/engines.ts'
import { filesUnder, postgresDump, redisDump } from './dumps.ts'
import { playLives, type Stage } from './life.ts'
import { Secrets } from './secrets.ts'
import { baseEnv, keys, outboundIn, startTarget } from './target.ts'

interface Place {
  readonly env: Env
  /** What the database holds on its disk. */
  readonly dump: (folder: string) => Promise<Buffer>
  readonly remove: () => Promise<void>
}

const onSqlite = (): Promise<Place> =>
  Promise.resolve({ env: {}, dump: async () => Buffer.alloc(0), remove: async () => undefined })

const places: readonly (readonly [string, string | null, () => Promise<Place>])[] = [
  ['SQLite', null, onSqlite],
  ...engines.map(([name, missing, start]) => {
    const open = async (): Promise<Place> => {
      const engine = await start()
      const url = engine.env['LATCHKEY_DATABASE_URL'] ?? ''
      return {
        env: engine.env,
        dump: () => (name === 'Redis' ? redisDump(url) : postgresDump(url)),
        remove: () => engine.remove(),
      }
    }
    return [name, missing, open] as const
  }),
]

const found = (secrets: Secrets, bytes: Buffer | string): string[] => secrets.foundIn(Buffer.from(bytes))

describe.each(places)('after whole lives on %s, no secret is found (I4, RT-10, SE-15)', (database, missing, open) => {
  let place: Place
  let stage: Stage
  const secrets = new Secrets()
  const folder = freshFolder()

  beforeAll(async () => {
    if (missing !== null) return
    place = await open()
    const { LATCHKEY_KEYS, ...rest } = baseEnv
    const ownKeys: Env = 'LATCHKEY_SECRET' in place.env ? {} : { LATCHKEY_KEYS: LATCHKEY_KEYS ?? '' }
    const target = await startTarget(
      { ...rest, LATCHKEY_KEYS: '', ...ownKeys, ...place.env, LATCHKEY_METRICS_PORT: '0' },
      folder,
    )
    stage = { target, user: target.user, clients: await clientsOf(target), secrets, refusals: [] }
    noteStanding(stage)
    await playLives(stage)
    const password = 'a new password for admin'
    await target.run(['users', 'passwd', 'admin', '--password-stdin'], `${password}\n`)
    secrets.add('new password', password)
    const last = await signIn(target.url, { username: 'admin', password })
    secrets.accessToken('last access token', last.accessToken)
    secrets.refreshToken('last refresh token', last.refreshToken)
  }, 120_000)
  afterAll(async () => {
    await stage?.target.server.remove()
    await place?.remove()
    removeFolder(folder)
  })

  test.skipIf(missing)('in the log at trace level, of server and metrics', () => {
    const { log } = stage.target.server
    for (const event of ['reuse', 'unproved', 'replayed', 'signed_in', 'renewed'])
      expect(log).toContain(`"event":"${event}"`)
    expect(found(secrets, log)).toEqual([])
    // What the attacks rely on when they say that nobody was called: here somebody was.
    expect(outboundIn(stage.target.server.stderr).length > 0).toBe(database !== 'SQLite')
  })

  test.skipIf(missing)('in a refusal, of whatever form', () => {
    expect(stage.refusals.length).toBeGreaterThan(15)
    const shown = stage.refusals.map(({ status, headers, text }) => `${status}\n${[...headers].join('\n')}\n${text}`)
    // A refusal for an old nonce delivers a new one: that is no leak.
    const told = shown.map((each) => each.replace(/^(?:dpop|latchkey)-nonce,.*$/gm, ''))
    expect(found(secrets, told.join('\n'))).toEqual([])
  })

  test.skipIf(missing)('in the metrics', async () => {
    const url = /"metrics(?:Url)?":"(http[^"]+)"/.exec(stage.target.server.stdout)?.[1] ?? ''
    const response = await fetch(url)
    const text = await response.text()
    expect([response.status, text.includes('latchkey_')]).toEqual([200, true])
    expect(found(secrets, text)).toEqual([])
  })

  test.skipIf(missing)('in the audit trail, and in all that the command line shows', async () => {
    const commands = [
      'audit export',
      'audit list --json',
      'sessions list --json',
      'users list --json',
      'clients list --json',
      'keys list --json',
      'doctor --json',
      '--help',
    ]
    for (const command of commands) {
      const { stdout, stderr } = await stage.target.run(command.split(' '))
      expect([command, stdout.length > 10, found(secrets, stdout + stderr)]).toEqual([command, true, []])
    }
    expect((await stage.target.run(['audit', 'export'])).stdout).toContain('reuse')
  })

  test.skipIf(missing)('in the database, its files and its journals', async () => {
    await stage.target.server.stop()
    const files = filesUnder(folder, (path) => !path.endsWith('keys.json'))
    const bytes = Buffer.concat([files, await place.dump(folder)])
    expect(bytes.length).toBeGreaterThan(10_000)
    expect(found(secrets, bytes)).toEqual([])
  })

  test.skipIf(missing)('and one that is planted is found, in each form', () => {
    const planted = join(folder, 'planted')
    mkdirSync(planted)
    const password = Buffer.from(stage.user.password)
    for (const encoding of ['latin1', 'hex', 'base64', 'base64url'] as const) {
      writeFileSync(join(planted, encoding), `....${password.toString(encoding)}....`)
      expect(found(secrets, readFileSync(join(planted, encoding)))).not.toEqual([])
    }
    expect(found(secrets, filesUnder(planted))).not.toEqual([])
    expect(secrets.size).toBeGreaterThan(200)
  })
})

async function clientsOf(target: Stage['target']): Promise<Stage['clients']> {
  const add = async (id: string, ...rights: string[]): Promise<{ id: string; secret: string }> => {
    const { secret } = (await target.command('clients', 'add', id, '--json', ...rights)) as { secret: string }
    return { id, secret }
  }
  return { shop: await add('shop', '--sign-in', '--refresh'), watcher: await add('watcher', '--introspect') }
}

/** What is secret before anybody signs in. */
function noteStanding({ secrets, user, clients }: Stage): void {
  secrets.add('password', user.password)
  secrets.add('secret of a client', clients.shop.secret)
  secrets.add('secret of a client that introspects', clients.watcher.secret)
  secrets.add('LATCHKEY_SECRET', engineSecret)
  for (const { privateJwk } of keys.signing) secrets.add('private signing key', String(privateJwk.d))
  for (const { root } of keys.refresh) secrets.add('root of the refresh keys', root)
}
