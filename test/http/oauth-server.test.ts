// The OAuth dialect of the ready server, from the outside: a client made on the command line, its whole life over a socket,
// and every method that a route does not take.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, signed } from '../helpers/requests.ts'
import { runCommand, startServer, type TestServer } from '../helpers/server.ts'
import { errorOf, form, granted, grant } from './oauth-world.ts'
import { only, request } from './raw-socket.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.remove())

interface Added {
  readonly secret: string
}

async function addClient(id: string, ...options: readonly string[]): Promise<string> {
  const ran = await runCommand(server.folder, ['clients', 'add', id, '--json', ...options])
  expect([ran.code, ran.stderr]).toEqual([0, ''])
  return (JSON.parse(ran.stdout) as Added).secret
}

const basicOf = (id: string, secret: string): { readonly Authorization: string } => ({
  Authorization: `Basic ${btoa(`${id}:${secret}`)}`,
})

test('a client signs in, renews, is introspected and revokes, all by what the metadata says (MD-1, MD-4, RT-5, IN-3, RV-1)', async () => {
  const shop = basicOf('shop', await addClient('shop', '--confidential', '--sign-in', '--refresh'))
  const api = basicOf('api', await addClient('api', '--confidential', '--introspect'))
  const { url, administrator } = server
  const metadata = (await ask(url, 'GET /.well-known/oauth-authorization-server')).body as Record<string, string>
  const { origin } = new URL(metadata['token_endpoint'] ?? '')
  const pathOf = (name: string): string => (metadata[name] ?? '').replace(origin, '')
  const begun = signed(await ask(url, 'POST /login', { body: { ...administrator, client_id: 'shop' }, headers: shop }))
  const answer = await form(
    url,
    pathOf('token_endpoint'),
    {
      grant_type: 'refresh_token',
      refresh_token: begun.refreshToken,
    },
    shop,
  )
  const tokens = granted(answer)
  const introspected = () => form(url, pathOf('introspection_endpoint'), { token: tokens.access_token }, api)
  expect((await introspected()).body).toMatchObject({ active: true, client_id: 'shop', iss: metadata['issuer'] })
  expect((await form(url, pathOf('revocation_endpoint'), { token: tokens.refresh_token }, shop)).status).toBe(200)
  expect((await introspected()).body).toEqual({ active: false })
  expect(errorOf(await grant(url, tokens.refresh_token, {}, shop))).toBe('invalid_grant')
})

test.each([
  ['/token', 'POST', ['GET', 'PUT', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']],
  ['/revoke', 'POST', ['GET', 'PUT', 'HEAD', 'DELETE']],
  ['/introspect', 'POST', ['GET', 'PUT', 'HEAD', 'DELETE']],
  ['/.well-known/jwks.json', 'GET', ['POST', 'PUT', 'DELETE']],
  ['/.well-known/oauth-authorization-server', 'GET', ['POST', 'PUT', 'DELETE']],
])('%s takes %s alone: everything else is 405 with Allow (TE-1, IN-4, attack 28)', async (path, allowed, others) => {
  for (const method of others) {
    const { status, headers } = await only(server.url, request(`${method} ${path}?grant_type=refresh_token&token=x`))
    expect([method, status, headers.get('allow')]).toEqual([method, 405, allowed])
  }
})

test('publishes the keys that its tokens are signed with, to be kept for as long as they are safe (MD-5)', async () => {
  const answer = await ask(server.url, 'GET /.well-known/jwks.json')
  expect(answer.headers.get('Cache-Control')).toMatch(/^public, max-age=\d+$/)
  expect(answer.body).toEqual({ keys: [expect.objectContaining({ kty: 'EC', use: 'sig', alg: 'ES256' })] })
  expect(answer.text).not.toMatch(/"(d|p|q|dp|dq|qi|k)":/)
})
