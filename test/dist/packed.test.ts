// The packages as people get them: packed, installed with npm into an empty folder, and used there. The mistake it
// prevents: all tests are green on the sources, and what is on the registry lacks a file, names a dependency that only
// the workspace has, or cannot be imported from CommonJS.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultsOf, packAll, type Packed } from '../../scripts/pack-check.ts'
import { ask, claimsOf, renew, signed, signIn } from '../helpers/requests.ts'
import { Consumer, type Running } from './consumer.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-dist-'))
const consumer = new Consumer(join(folder, 'consumer'))
let packed: Packed[] = []

// Pinned, so that npm's cache has them from the repository's own `npm ci`.
const beside = ['express@5.3.0', '@types/express@5.0.6', '@types/node@24.19.2']

beforeAll(() => {
  packed = packAll(folder)
  consumer.install(...packed.map(({ tarball }) => tarball), ...beside)
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the installed packages', () => {
  test('hold what they should and nothing else', () => {
    expect(packed.flatMap(faultsOf)).toEqual([])
  })

  test('come without each other’s baggage: latchkey brings jose and a counter of tries, and nothing else', () => {
    const alone = new Consumer(join(folder, 'alone'))
    alone.install(packed.find(({ name }) => name === 'latchkey')?.tarball ?? '')
    expect(alone.installed().toSorted()).toEqual(['jose', 'latchkey', 'rate-limiter-flexible'])
    const core =
      "const { createLatchkey } = await import('latchkey'); const { memoryStore } = await import('latchkey/memory')"
    const use =
      "const { generateKeys } = await import('latchkey'); await createLatchkey({ issuer: 'https://a.example', store: memoryStore(), keys: generateKeys() })"
    expect(alone.node('--input-type=module', '--eval', `${core}; ${use}; console.log('made')`).output).toBe('made\n')
  })

  test('are typed for a program that uses every subpath of the server’s side', () => {
    copyFileSync(fileURLToPath(new URL('program.ts', import.meta.url)), join(consumer.folder, 'program.ts'))
    expect(consumer.typeCheck('program.ts')).toEqual({ code: 0, output: '' })
  })

  test('refuse to type-check what is misspelt', () => {
    const source = "import { createLatchkey } from 'latchkey'\nawait createLatchkey({ isuer: 'https://a.example' })\n"
    consumer.write('misspelt.ts', source)
    expect(consumer.typeCheck('misspelt.ts').output).toContain("'isuer' does not exist")
  })

  test('can be required from CommonJS', () => {
    const names = [
      'latchkey',
      'latchkey/express',
      'latchkey/memory',
      'latchkey/sqlite',
      'latchkey/postgres',
      'latchkey/redis',
      'latchkey/kept-keys',
      'latchkey/key-file',
      'latchkey/testing',
      'latchkey-server',
    ]
    const script = `for (const name of ${JSON.stringify(names)}) console.log(name, Object.keys(require(name)).length > 0)`
    consumer.write('required.cjs', script)
    expect(consumer.node('required.cjs').output).toBe(names.map((name) => `${name} true\n`).join(''))
  })
})

describe('the ten lines of the README', () => {
  let app: Running
  let url = ''

  beforeAll(async () => {
    consumer.write('app.ts', runnable(consumer.read('node_modules/latchkey/README.md')))
    expect(consumer.typeCheck('app.ts')).toEqual({ code: 0, output: '' })
    app = await consumer.serve(process.execPath, ['app.ts'], {})
    url = `http://127.0.0.1:${app.firstLine}`
  })

  afterAll(() => app?.stop())

  test('sign a user in, show him what is his, renew, and sign him out', async () => {
    const first = await signIn(url, { username: 'ada', password: 'lovelace' })
    expect((await ask(url, 'GET /orders', { bearer: first.accessToken })).body).toEqual({ yours: 'ada' })
    const next = signed(await renew(url, first.refreshToken))
    expect(next.refreshToken).not.toBe(first.refreshToken)
    expect((await ask(url, 'GET /orders', { bearer: next.accessToken })).status).toBe(200)
    expect((await ask(url, 'POST /logout', { body: { refreshToken: next.refreshToken } })).status).toBe(204)
    expect((await ask(url, 'GET /orders', { bearer: next.accessToken })).status).toBe(401)
    expect((await renew(url, next.refreshToken)).status).toBe(403)
  })

  test('let nobody in without the password', async () => {
    expect((await ask(url, 'POST /login', { body: { username: 'ada', password: 'byron' } })).status).toBe(401)
    expect((await ask(url, 'GET /orders')).status).toBe(401)
  })
})

// The README's program as it stands, but for the user directory that it leaves out and for a free port.
function runnable(readme: string): string {
  const [, program = ''] = /```ts\n(import express[^]*?)```/.exec(readme) ?? []
  const declared = /declare (async )?function checkPassword\((.*)\): (Promise<.*>)\n/
  const listening = 'app.listen(3000)'
  expect(program).toMatch(declared)
  expect(program).toContain(listening)
  return program
    .replace(
      declared,
      "async function checkPassword($2): $3 {\n  return password === 'lovelace' ? { id: name } : null\n}\n",
    )
    .replace(listening, 'const server = app.listen(0, () => console.log((server.address() as { port: number }).port))')
}

describe('the installed latchkey-server', () => {
  let server: Running
  let url = ''
  let credentials = { username: '', password: '' }

  beforeAll(async () => {
    const env = {
      PORT: '0',
      LATCHKEY_DATA_DIR: join(folder, 'data'),
      LATCHKEY_LEEWAY_SECONDS: '0',
      LATCHKEY_LOG_LEVEL: 'warn',
    }
    server = await consumer.serve(join(consumer.folder, 'node_modules/.bin/latchkey-server'), ['serve', '--json'], env)
    const first = JSON.parse(server.firstLine) as { url: string; administrator: { name: string; password: string } }
    url = first.url
    credentials = { username: first.administrator.name, password: first.administrator.password }
  })

  afterAll(() => server?.stop())

  test('serves its page with all that it needs', async () => {
    const page = await ask(url, 'GET /')
    expect(page.status).toBe(200)
    for (const path of ['/page/main.js', '/style.css', '/favicon.svg']) {
      expect(page.text).toContain(path)
      expect((await ask(url, `GET ${path}`)).status, path).toBe(200)
    }
  })

  test('refuses an access token that is signed by nobody', async () => {
    const { accessToken } = await signIn(url, credentials)
    const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')
    const payload = Buffer.from(JSON.stringify({ ...claimsOf(accessToken), sub: 'somebody-else' })).toString(
      'base64url',
    )
    expect((await ask(url, 'GET /me', { bearer: `${header}.${payload}.` })).status).toBe(401)
    expect((await ask(url, 'GET /me', { bearer: accessToken })).status).toBe(200)
  })

  test('refuses a refresh token whose generation was counted on by hand', async () => {
    const { refreshToken } = await signIn(url, credentials)
    const bytes = Buffer.from(refreshToken.slice(5), 'base64url')
    bytes.writeUInt32BE(2, 17)
    const forged = await renew(url, `lkr1_${bytes.toString('base64url')}`)
    expect([forged.status, forged.text]).toEqual([403, '{"error":"Forbidden"}'])
    expect((await renew(url, refreshToken)).status).toBe(200)
  })

  test('ends a plain session whose old token comes back, and its access token with it', async () => {
    const first = await signIn(url, credentials)
    const next = signed(await renew(url, first.refreshToken))
    expect((await renew(url, first.refreshToken)).status).toBe(403)
    expect((await renew(url, next.refreshToken)).status).toBe(403)
    expect((await ask(url, 'GET /me', { bearer: next.accessToken })).status).toBe(401)
  })

  test('gives nothing for the token of a keyed session without its key', async () => {
    const { refreshToken, accessToken } = await signIn(url, credentials, { 'Latchkey-Proof': 'v1' })
    const stolen = await renew(url, refreshToken)
    expect([stolen.status, stolen.text]).toEqual([403, '{"error":"Forbidden"}'])
    expect((await ask(url, 'GET /me', { bearer: accessToken })).status).toBe(200)
  })

  test('hands out no file but those of its page', async () => {
    const paths = [
      '/..%2fpackage.json',
      '/page/..%2f..%2fpackage.json',
      '/page/main.js%00.css',
      '/data/keys.json',
      '/page/',
    ]
    for (const path of paths) expect([400, 404], path).toContain((await ask(url, `GET ${path}`)).status)
  })

  test('stops when it is told to', async () => {
    expect(await server.stop()).toBe(0)
  })
})

describe('the check of what is packed', () => {
  const sound: Packed = {
    name: 'latchkey',
    tarball: '',
    files: [
      'LICENSE',
      'README.md',
      'package.json',
      'src/a.ts',
      'dist/a.js',
      'dist/a.js.map',
      'dist/a.d.ts',
      'dist/a.d.ts.map',
    ],
  }
  const withFile = (file: string): Packed => ({ ...sound, files: [...sound.files, file] })

  test('finds nothing where there is nothing', () => {
    expect(faultsOf(sound)).toEqual([])
  })

  for (const file of ['dist/.tsbuildinfo', 'src/a.test.ts', 'dist/gone.js', '.env', 'test/a.ts']) {
    test(`finds ${file}`, () => expect(faultsOf(withFile(file))).not.toEqual([]))
  }

  for (const file of sound.files.filter((path) => path !== 'src/a.ts')) {
    test(`misses ${file}`, () => {
      expect(faultsOf({ ...sound, files: sound.files.filter((path) => path !== file) })).not.toEqual([])
    })
  }
})
