// Forms of pages without script: sign-in and sign-out that leave the answer to the application, and the way back to where
// the user came from. The mistakes it prevents: a stranger's form that signs somebody in as somebody else, a token in
// an answer of the application, a redirect that leads off the site.

import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import express, { type Express, type RequestHandler } from 'express'
import { returnPath, type Sessions } from 'latchkey/express'
import { startApp, type RunningApp } from './in-process.ts'
import { names, navigation, ownOrigin, PageClient, send } from './page-client.ts'

const signIn =
  ({ signInPage }: Sessions): RequestHandler =>
  async (req, res) => {
    if (await signInPage(req, res, { id: 'ada' })) res.redirect(303, returnPath(req.body?.return_to, '/page'))
  }

const signOut =
  ({ signOutPage }: Sessions): RequestHandler =>
  async (req, res) => {
    if (await signOutPage(req, res)) res.redirect(303, '/')
  }

function mount(app: Express, sessions: Sessions): void {
  app.post('/sign-in', express.urlencoded({ extended: false }), signIn(sessions))
  app.post('/sign-out', signOut(sessions))
  app.get('/page', sessions.requireAuth({ renew: true }), (req, res) => void res.json(req.auth?.subject))
}

const sessions = { transports: ['cookie'] as const, cookies: { access: true } }
const form = { ...navigation('same-origin'), Origin: ownOrigin, 'Content-Type': 'application/x-www-form-urlencoded' }

async function withPages(run: (client: PageClient, app: RunningApp) => Promise<void>): Promise<void> {
  const app = await startApp({ sessions, mount })
  try {
    await run(new PageClient(app.url), app)
  } finally {
    await app.close()
  }
}

describe('a form without script', () => {
  test('signs in by cookies alone and goes where the application says', () =>
    withPages(async (client) => {
      const answer = await client.visit('POST /sign-in', form)
      expect([answer.status, answer.headers.location, answer.set.length]).toEqual([303, '/page', 3])
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.text).not.toMatch(/lkr1_|eyJ/)
      expect((await client.visit('GET /page')).body).toBe('ada')
    }))

  test('signs out, ends the session, and takes all three cookies away (CK-7, SE-14)', () =>
    withPages(async (client) => {
      await client.visit('POST /sign-in', form)
      const before = client.cookies
      const answer = await client.visit('POST /sign-out', form)
      expect([answer.status, client.jar.size, answer.headers['clear-site-data']]).toEqual([
        303,
        0,
        '"cache", "storage"',
      ])
      expect((await send(client.url, 'GET /page', before)).status).toBe(401)
    }))

  test('of another site signs nobody in and nobody out (SE-11, attack 23)', () =>
    withPages(async (client) => {
      await client.visit('POST /sign-in', form)
      const before = new Map(client.jar)
      for (const page of [
        { Origin: 'https://evil.example' },
        { Origin: 'null' },
        { Referer: ownOrigin },
        navigation('cross-site'),
      ]) {
        for (const route of ['POST /sign-in', 'POST /sign-out']) {
          const answer = await client.visit(route, page)
          expect([answer.status, answer.set]).toEqual([403, []])
        }
      }
      expect(client.jar).toEqual(before)
      expect((await client.visit('GET /page')).status).toBe(200)
    }))

  test('ends the session that the browser had before (SE-4, attack 22)', () =>
    withPages(async (client) => {
      await client.visit('POST /sign-in', form)
      const before = client.cookies
      await client.visit('POST /sign-in', form)
      expect((await send(client.url, 'GET /page', before)).status).toBe(401)
      expect((await client.visit('GET /page')).status).toBe(200)
    }))

  test('is a defect of the application, loud, where pages have no access cookie', async () => {
    const app = await startApp({
      sessions: { transports: ['cookie'] },
      mount: (own, made) => void own.post('/sign-in', signIn(made)),
    })
    const client = new PageClient(app.url)
    expect([(await client.visit('POST /sign-in', form)).status, client.jar.has(names.refresh)]).toEqual([500, false])
    await app.close()
  })
})

describe('the way back after a sign-in (attack 32)', () => {
  const off = [
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '\\evil',
    'https://evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    ' //evil.example',
    '/..//evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/%2e%2e//evil.example',
    '',
    'page',
    '?x',
    '#x',
    '/ a',
    '/é',
    '/\r\nSet-Cookie: a=b',
    `/${'x'.repeat(2048)}`,
    undefined,
    null,
    7,
    ['/page'],
    { toString: () => '/page' },
  ]
  test.each(off)('does not lead to %j', (named) => {
    expect(returnPath(named, '/home')).toBe('/home')
  })

  test.each([
    '/',
    '/page',
    '/page?a=1&b=%2F%2Fevil.example',
    '/page#part',
    '/%2F%2Fevil.example',
    '/a//b',
    '/@evil.example',
    '/a:b',
  ])('leads to %s', (named) => {
    const path = returnPath(named, '/home')
    expect(path).toBe(named)
    expect(new URL(path, ownOrigin).origin).toBe(ownOrigin)
  })

  test('stays on this site for any text at all, as a browser reads it', () => {
    const piece = fc.constantFrom('/', '/', '\\', '.', '..', 'a', ':', '@', '\t')
    const pieces = fc.array(piece, { minLength: 1, maxLength: 6 }).map((each) => `/${each.join('')}`)
    const text = fc.oneof({ arbitrary: pieces, weight: 8 }, fc.string({ unit: 'binary' }))
    const stays = fc.property(text, (named) => {
      const { origin } = new URL(returnPath(named), ownOrigin)
      return origin === ownOrigin
    })
    fc.assert(stays, { numRuns: 2000 })
  })

  test('is an answer’s Location only in that shape', () =>
    withPages(async (client) => {
      for (const [named, location] of [
        ['%2Fpage%3Fa%3D1', '/page?a=1'],
        ['%2F%2Fevil.example', '/page'],
        ['%2F%5Cevil.example', '/page'],
      ]) {
        const answer = await send(client.url, 'POST /sign-in', form, `return_to=${named}`)
        expect([answer.status, answer.headers.location]).toEqual([303, location])
      }
    }))
})
