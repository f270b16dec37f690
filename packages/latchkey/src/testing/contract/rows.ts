// A row comes back exactly as it went in, and only to those who name it exactly.

import assert from 'node:assert/strict'
import { proofKinds, transports, type Session } from '../../core/session.ts'
import { sampleSession } from '../sample-session.ts'
import { begin, roomy, second, type Case } from './case.ts'

const unicode = 'Zoë — 東京 🗝️ \u{10ffff} e\u0301 \u00e9 \u202e'

const nested = {
  roles: ['admin', 'editor', []],
  tenant: { id: 7, plan: { name: 'größer', seats: null, trial: false, share: 0.1 } },
  numbers: [0, -1, 1.5, 1e21, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  texts: ['', ' ', '\0', '"', '\\', unicode],
  '': { '': [] },
  constructor: 'a name like any other',
}

const samples: readonly (readonly [string, Partial<Session>])[] = [
  ['a plain session', {}],
  ['text of every script', { subject: unicode, client: unicode, scope: unicode, thumbprint: unicode }],
  ['every script in a device', { device: { label: unicode, userAgent: unicode, place: unicode } }],
  ['NULs, quotes and line ends in a device', { device: { label: '\0a\0', userAgent: '"\\\r\n\t', place: "'; --" } }],
  ['an empty device', { device: { label: '', userAgent: '', place: '' } }],
  ['a long user agent', { device: { label: '', userAgent: 'x'.repeat(10_000), place: '' } }],
  ['no claims', { claims: {} }],
  ['nested claims', { claims: nested }],
  ['a scope and a thumbprint', { scope: 'read write', thumbprint: 'a'.repeat(43) }],
  ['an empty scope and thumbprint, which are not none', { scope: '', thumbprint: '' }],
  ['the first kid', { kid: 0 }],
  ['the last kid', { kid: 255 }],
  ['the last generation', { generation: 0xffff_ffff }],
  ['instants that all differ', { authTime: 1, rotatedAt: 2, idleExpiresAt: 3, absoluteExpiresAt: 4, createdAt: 5 }],
  ['instants far ahead', { idleExpiresAt: 4_102_444_800_123, absoluteExpiresAt: 8_640_000_000_000_000 }],
  ...proofKinds.flatMap((proof) =>
    transports.map((transport) => [`${proof} by ${transport}`, { proof, transport }] as const),
  ),
]

// Differ in case, in composition, in spaces at the end, or only for a pattern or a property look-up.
const lookalikes = [
  'ada',
  'Ada',
  'ada ',
  ' ada',
  '\u00e9',
  'e\u0301',
  'a%',
  'a_a',
  '__proto__',
  'constructor',
  '1',
  '01',
]

function tamper(row: unknown): void {
  const { claims, device } = row as { claims: { role: string; tags: string[] }; device: { label: string } }
  claims.role = 'admin'
  claims.tags.push('b')
  device.label = 'there'
}

// A frozen row is as good as a copy.
function attempt(act: () => void): void {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof TypeError)
  }
}

export const rows: readonly Case[] = [
  ...samples.map(
    ([name, overrides]) =>
      ({
        name: `gives a row back as it came: ${name}`,
        run: async (openings) => {
          const [store] = openings
          const session = await begin(store, overrides)
          for (const opening of openings) {
            assert.deepEqual(await opening.find(session.sid), session)
            assert.deepEqual(await opening.findPublic(session.subject, session.publicId), session)
            assert.deepEqual(await opening.list({ subject: session.subject, limit: 10 }), [session])
          }
        },
      }) satisfies Case,
  ),
  {
    name: 'finds nothing under ids that it does not have',
    run: async ([store]) => {
      const other = sampleSession()
      await begin(store)
      assert.equal(await store.find(other.sid), null)
      assert.equal(await store.findPublic(other.subject, other.publicId), null)
    },
  },
  {
    name: 'finds a public id for its own subject alone',
    run: async ([store]) => {
      const session = await begin(store)
      assert.equal(await store.findPublic('mallory', session.publicId), null)
    },
  },
  {
    name: 'finds a row after its end and after its life',
    run: async ([store]) => {
      const past = await begin(store, { idleExpiresAt: 1, absoluteExpiresAt: 1 })
      const { sid, publicId, subject, createdAt } = await begin(store)
      const row = await store.revoke(sid, { at: createdAt + second, reason: 'signed_out' })
      assert.deepEqual(await store.find(past.sid), past)
      assert.deepEqual(await store.find(sid), row)
      assert.deepEqual(await store.findPublic(subject, publicId), row)
    },
  },
  {
    name: 'tells subjects apart that look alike',
    run: async ([store]) => {
      for (const subject of lookalikes) await begin(store, { subject })
      for (const subject of lookalikes) {
        const found = await store.list({ subject, limit: 10 })
        assert.deepEqual(
          found.map((row) => row.subject),
          [subject],
        )
        assert.equal((await store.revokeAll(subject, { at: 1, reason: 'revoked' })).length, 1)
      }
    },
  },
  {
    name: 'rejects a sid that exists, and leaves its row alone',
    run: async ([store]) => {
      const session = await begin(store)
      await assert.rejects(store.insert({ ...session, subject: 'mallory', generation: 9 }, roomy))
      assert.deepEqual(await store.find(session.sid), session)
      assert.deepEqual(await store.list({ subject: 'mallory', limit: 10 }), [])
    },
  },
  {
    name: 'holds rows of its own, which nobody changes by changing what he gave or was given',
    run: async ([store]) => {
      const claims = { role: 'reader', tags: ['a'] }
      const device = { label: 'here', userAgent: '', place: '' }
      const { sid } = await begin(store, { claims, device })
      const before = structuredClone(await store.find(sid))
      for (const row of [{ claims, device }, await store.find(sid)]) attempt(() => tamper(row))
      assert.deepEqual(await store.find(sid), before)
    },
  },
]
