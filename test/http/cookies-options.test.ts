// The options of cookie mode: what is refused at the start because it could not be safe later. The mistakes it prevents:
// cookies that every browser drops in silence, a development mode that reaches production, a polluted prototype.

import type { Express } from 'express'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createLatchkey, generateKeys, MisuseError, type Latchkey } from 'latchkey'
import { createSessions, type SessionsOptions } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'
import { credentials, withApp } from './in-process.ts'
import { fromOwnPage, names, PageClient } from './page-client.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await createLatchkey({ issuer: 'https://app.example', keys: generateKeys(), store: memoryStore() })
})
afterAll(() => latchkey.close())

const open = (options: Partial<SessionsOptions>): ReturnType<typeof createSessions> =>
  createSessions(latchkey, { authenticate: () => null, transports: ['cookie'], ...options })

/** What the error says; empty where there is none. */
function complaint(options: unknown): string {
  try {
    open(options as Partial<SessionsOptions>)
    return ''
  } catch (error) {
    expect(error).toBeInstanceOf(MisuseError)
    return `${(error as MisuseError).code} ${(error as MisuseError).message}`
  }
}

const local = 'http://localhost:3000'

describe('the options of cookie mode', () => {
  test.each([
    [{ cookies: { samesite: 'lax' } }, 'no option "samesite"'],
    [{ cookies: { sameSite: 'none' } }, 'sameSite'],
    [{ cookies: { access: 1 } }, 'access'],
    [{ cookies: { insecure: 'no' } }, 'insecure'],
    [{ cookies: { clearSiteData: ['cookies'] } }, 'clearSiteData'],
    [{ cookies: { clearSiteData: 'cache' } }, 'clearSiteData'],
    [{ cookies: null }, 'cookies must be an object'],
    [{ cookies: JSON.parse('{"__proto__":{"insecure":true}}') }, '__proto__'],
    [{ transports: ['body'], cookies: { access: true } }, 'needs "cookie"'],
    [{ publicUrl: 'http://app.example' }, 'https'],
    [{ publicUrl: local }, 'https'],
    [{ cookies: { insecure: true } }, 'localhost'],
    [{ publicUrl: 'https://localhost', cookies: { insecure: true } }, 'localhost'],
    [{ publicUrl: 'http://localhost.evil.example', cookies: { insecure: true } }, 'localhost'],
    [{ origins: ['*'] }, 'origins'],
    [{ origins: ['null'] }, 'origins'],
    [{ origins: ['https://shop.example/'] }, 'origins'],
    [{ origins: ['https://*.example'] }, 'origins'],
    [{ origins: ['file://'] }, 'origins'],
  ])('refuse %j', (options, words) => {
    expect(complaint(options)).toMatch(/^option_invalid /)
    expect(complaint(options)).toContain(words)
  })

  test('read own properties alone: a polluted prototype takes no attribute away (attack 45)', async () => {
    const polluted = Object.prototype as unknown as Record<string, unknown>
    const gadgets = { insecure: true, sameSite: 'lax', secure: false, httpOnly: false, access: true }
    Object.assign(polluted, gadgets)
    try {
      await withApp({ sessions: { transports: ['cookie'], cookies: {} } }, async ({ url }) => {
        const { set } = await new PageClient(url).signIn(credentials)
        expect(set).toHaveLength(2)
        for (const line of set) expect(line).toContain('; SameSite=Strict; Secure')
      })
    } finally {
      for (const name of Object.keys(gadgets)) delete polluted[name]
    }
  })

  test('never look at NODE_ENV: plain http must be asked for, on this machine alone, and says so loudly (CK-11)', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    try {
      expect(complaint({ publicUrl: local })).toContain('https')
      expect(warn).not.toHaveBeenCalled()
      const sessions = { transports: ['cookie'] as const, publicUrl: local, cookies: { insecure: true } }
      await withApp({ sessions }, async ({ url }) => {
        const { set } = await new PageClient(url).signIn(credentials, { Origin: local })
        expect(set.map((line) => line.replace(/=[^;]*; Max-Age=\d+/, ''))).toEqual([
          'latchkey; Path=/; SameSite=Strict; HttpOnly',
          'latchkey-session; Path=/; SameSite=Strict',
        ])
      })
      const code = { code: 'LATCHKEY_INSECURE_COOKIES' }
      expect(warn).toHaveBeenCalledExactlyOnceWith(
        expect.stringContaining('development'),
        expect.objectContaining(code),
      )
    } finally {
      warn.mockRestore()
      vi.unstubAllEnvs()
    }
  })

  test('SameSite=Lax where it is asked for, on every cookie, set and taken away (BB-3, CK-8)', async () => {
    await withApp(
      { sessions: { transports: ['cookie'], cookies: { sameSite: 'lax', access: true } } },
      async ({ url }) => {
        const client = new PageClient(url)
        const lines = [...(await client.signIn(credentials)).set, ...(await client.ask('POST /logout')).set]
        expect(lines).toHaveLength(6)
        for (const line of lines) expect(line).toMatch(/; SameSite=Lax; Secure(; HttpOnly)?$/)
      },
    )
  })

  test('an access token that is too long for a cookie is none: pages work on, and somebody hears of it (SE-12, CK-3)', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    try {
      const claims = { long: 'x'.repeat(3900) }
      const sessions = {
        transports: ['cookie'] as const,
        cookies: { access: true },
        authenticate: () => ({ id: 'ada', claims }),
      }
      await withApp({ sessions }, async ({ url }) => {
        const client = new PageClient(url)
        client.jar.set(names.access, 'of an earlier session')
        const { set } = await client.signIn(credentials)
        expect(set.every((line) => line.length < 4096)).toBe(true)
        expect([client.jar.has(names.access), client.refreshToken.length]).toEqual([false, 77])
      })
      const code = { code: 'LATCHKEY_COOKIE_TOO_LONG' }
      expect(warn).toHaveBeenCalledWith(expect.any(String), expect.objectContaining(code))
    } finally {
      warn.mockRestore()
    }
  })

  test('what the application puts into its own cookies stays beside ours', async () => {
    const mount = (app: Express, { router }: ReturnType<typeof createSessions>): void => {
      app.use((_req, res, next) => {
        res.append('Set-Cookie', 'theme=dark').append('Set-Cookie', `${names.refresh}-not=ours`)
        next()
      })
      app.use(router)
    }
    await withApp({ sessions: { transports: ['cookie'] }, mount }, async ({ url }) => {
      const { set } = await new PageClient(url).signIn(credentials, fromOwnPage)
      expect(set.map((line) => line.split('=')[0])).toEqual([
        'theme',
        `${names.refresh}-not`,
        names.refresh,
        names.sessionId,
      ])
    })
  })
})
