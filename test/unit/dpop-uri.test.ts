// Which URLs are the same one (RFC 3986 s6.2.2 and s6.2.3), and which only look alike (DP-3, attack 19).

import type { Request } from 'express'
import { describe, expect, it } from 'vitest'
import { normalUri, resourceUri, tokenUris } from '../../packages/latchkey/src/express/dpop/request-uri.ts'

const me = 'https://api.example/me'

describe('a URL of a proof', () => {
  it('is the same in every spelling that means the same (DP-3)', () => {
    const spellings = [
      me,
      'HTTPS://API.example/me',
      'https://api.example:443/me',
      'https://api.example/me?with=query',
      'https://api.example/me#fragment',
      'https://api.example/%6De',
      'https://api.example/%6de',
      'https://api.example/./me',
      'https://api.example/other/../me',
      'https://api.example/other/%2E%2e/me',
    ]
    expect(spellings.map(normalUri)).toEqual(spellings.map(() => me))
    expect(normalUri('http://api.example:80')).toBe('http://api.example/')
    expect(normalUri('https://api.example/a%2fb%c3%a9')).toBe('https://api.example/a%2Fb%C3%A9')
  })

  it('is another one in every other respect (DP-3, attack 19)', () => {
    const others = [
      'http://api.example/me',
      'https://api.example:8443/me',
      'https://api.example/me/',
      'https://api.example/Me',
      'https://api.example//me',
      'https://api.example/m%65%2F',
      'https://api.example.evil/me',
      'https://evil.example/me',
      'https://api.example./me',
      'https://xapi.example/me',
    ]
    for (const other of others) expect([other, normalUri(other) === me]).toEqual([other, false])
  })

  it('is none where it is no plain http URL (DP-3, attack 19)', () => {
    const wrong = [
      '',
      '/me',
      '//api.example/me',
      'me',
      'https:/api.example/me',
      'https:api.example/me',
      'https://',
      'https:///me',
      'https://ada@api.example/me',
      'https://ada:secret@api.example/me',
      String.raw`https://api.example\me`,
      'https://api.example/m e',
      'https://api.example/m\te',
      ' https://api.example/me',
      'https://api.example/me\n',
      'https://api.exämple/me',
      'https://api.example/%zz',
      'https://api.example/%6',
      'https://api.example:99999/me',
      'ftp://api.example/me',
      'javascript:alert(1)',
    ]
    for (const each of wrong) expect([each, normalUri(each)]).toEqual([each, undefined])
  })
})

describe('the URL of a request', () => {
  const req = (path: string, originalUrl: string): Request =>
    ({ path, originalUrl, headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' } }) as unknown as Request

  it('is that of the public URL and the path, wherever the router is mounted (DP-3)', () => {
    const urls = { routes: 'https://app.example/auth', resources: 'https://app.example' }
    expect(tokenUris(req('/token', '/auth/token?x=1'), urls)).toEqual(
      Array.from({ length: 2 }, () => 'https://app.example/auth/token'),
    )
    // A proxy in front has taken the prefix off.
    expect(tokenUris(req('/token', '/token'), urls)[0]).toBe('https://app.example/auth/token')
    expect(resourceUri(req('/me', '/api/me?x=1'), 'https://app.example')).toBe('https://app.example/api/me')
  })

  it('never takes a host from the request, not even from its first line (DP-3, attack 19, attack 33)', () => {
    const base = 'https://app.example'
    expect(resourceUri(req('/me', 'http://evil.example/me'), base)).toBe(me.replace('api', 'app'))
    expect(resourceUri(req('/me', '//evil.example/me'), base)).toBe('https://app.example//evil.example/me')
    expect(resourceUri(req('/me', '*'), base)).toBe('https://app.example/')
    expect(resourceUri(req('/me', '@evil.example/me'), base)).toBe('https://app.example/')
  })
})
