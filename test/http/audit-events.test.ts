// What the engine tells, as rows: played on a real engine, on its clock. Every row names who, which session and from
// where as far as that is known; a reuse shows both sides; what is no anomaly is no row.

import { createLatchkey, generateKeys, type Latchkey, type Origin, type SignIn } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { settableClock, type SettableClock } from 'latchkey/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { AuditRecord } from '../../packages/latchkey-server/src/audit/record.ts'
import type { AuditRows } from '../../packages/latchkey-server/src/audit/rows.ts'
import { firstIdAt } from '../../packages/latchkey-server/src/audit/row-id.ts'
import { AuditTrail } from '../../packages/latchkey-server/src/audit/trail.ts'
import { createKeyNotes } from '../../packages/latchkey-server/src/audit/key-changes.ts'

const start = 1_750_000_000_000
const atHome: Origin = { label: 'Firefox on Linux', place: '198.51.100.0', userAgent: 'Mozilla/5.0 (a fingerprint)' }
const elsewhere: Origin = { label: 'curl', place: '203.0.113.0', userAgent: 'curl/8' }

let clock: SettableClock
let latchkey: Latchkey
let trail: AuditTrail
let written: AuditRecord[]

interface Opening {
  readonly actor?: 'cli' | 'server'
  readonly withPlaces?: boolean
  readonly days?: number
}

async function open({ actor = 'server', withPlaces = true, days = 90 }: Opening = {}): Promise<void> {
  await latchkey?.close()
  written = []
  const rows = {
    append: async (records) => void written.push(...records.filter(({ id }) => written.every((one) => one.id !== id))),
    drop: async () => 0,
  } satisfies Partial<AuditRows>
  clock = settableClock(start)
  const options = { issuer: 'https://app.example', store: memoryStore(), keys: generateKeys(), maxSessions: 3 }
  latchkey = await createLatchkey(options, clock.ports)
  trail = new AuditTrail(rows as unknown as AuditRows, { actor, withPlaces, days, onTrouble: vi.fn() })
  trail.watch(latchkey)
}

beforeEach(() => open())
afterEach(async () => {
  await trail.close()
  await latchkey.close()
})

const signIn = (more: Partial<SignIn> = {}): ReturnType<Latchkey['signIn']> =>
  latchkey.signIn({ subject: 'ada', proof: 'plain', transport: 'body', origin: () => atHome, ...more })
const refresh = (token: string): ReturnType<Latchkey['refresh']> =>
  latchkey.refresh({ token, transport: 'body', origin: () => elsewhere })

async function rowsOf(event: string): Promise<AuditRecord[]> {
  await trail.flush()
  return written.filter((row) => row.event === event)
}

test('a sign-in: who, which session, from where, by which client', async () => {
  const { session } = await signIn()
  const who = { subject: 'ada', session: session.id, client: 'first-party', actor: null, account: null }
  const from = { label: 'Firefox on Linux', place: '198.51.100.0' }
  const details = { proof: 'plain', transport: 'body' }
  expect(await rowsOf('signed_in')).toMatchObject([{ at: start, ...who, ...from, details }])
})

test('a reuse shows both sides: where the session began, and who came with the old token', async () => {
  const first = await signIn()
  const second = await refresh(first.refreshToken)
  await refresh(second.refreshToken)
  clock.advance(60_000)
  await expect(refresh(first.refreshToken)).rejects.toMatchObject({ code: 'token_reused' })
  const device = { label: 'Firefox on Linux', place: '198.51.100.0' }
  const came = { label: 'curl', place: '203.0.113.0' }
  expect(await rowsOf('reuse')).toMatchObject([
    { at: start + 60_000, subject: 'ada', session: first.session.id, ...came, details: { depth: 2, device } },
  ])
  expect(await rowsOf('revoked')).toMatchObject([{ details: { reason: 'reuse' }, ...came }])
})

test('a copied token of a keyed session, once however often it comes, and its copied device', async () => {
  const { refreshToken, session } = await signIn({ proof: 'session_key' })
  for (let count = 0; count < 100; count += 1) {
    await expect(refresh(refreshToken)).rejects.toMatchObject({ code: 'proof_refused' })
  }
  expect(await rowsOf('unproved')).toMatchObject([
    { session: session.id, subject: null, label: 'curl', place: '203.0.113.0', details: { generation: 1 } },
  ])
  await trail.close()
  expect((await rowsOf('unproved')).map(({ details }) => details)).toEqual([
    { generation: 1 },
    { generation: 1, repeats: 99 },
  ])
})

test('a renewal is no row, and neither is the token before the newest, nor a token whose time was over', async () => {
  const { refreshToken } = await signIn()
  await refresh(refreshToken)
  await refresh(refreshToken)
  clock.advance(40 * 86_400_000)
  await expect(refresh(refreshToken)).rejects.toMatchObject({ code: 'token_expired' })
  await trail.flush()
  expect(written.map(({ event }) => event)).toEqual(['signed_in'])
})

test('endings say why and by whom: the owner, another in his place, room for a newer one', async () => {
  const one = await signIn()
  await latchkey.signOut({ token: one.refreshToken, transport: 'body', origin: () => atHome })
  const two = await signIn()
  await latchkey.revoke('ada', two.session.id, 'revoked', () => ({ actor: 'client:app' }))
  const oldest = await signIn()
  for (let count = 0; count < 3; count += 1) {
    clock.advance(1)
    await signIn()
  }
  expect(await rowsOf('revoked')).toMatchObject([
    { session: one.session.id, actor: null, place: '198.51.100.0', details: { reason: 'signed_out' } },
    { session: two.session.id, actor: 'client:app', place: '', details: { reason: 'revoked' } },
    { session: oldest.session.id, details: { reason: 'evicted' } },
  ])
  expect(await rowsOf('evicted')).toMatchObject([{ session: oldest.session.id, subject: 'ada' }])
})

test('what happens before the engine is asked: wrong credentials, too many tries, a proof that came twice', async () => {
  const origin = elsewhere
  latchkey.report('sign_in_refused', () => ({ account: 'a digest', subject: null, origin }))
  latchkey.report('throttled', () => ({ what: 'sign_in', account: 'a digest', sessionId: null, origin }))
  latchkey.report('replayed', () => ({ sessionId: 'a session', origin }))
  const from = { label: 'curl', place: '203.0.113.0' }
  expect(await rowsOf('sign_in_refused')).toMatchObject([{ account: 'a digest', subject: null, ...from }])
  expect(await rowsOf('throttled')).toMatchObject([{ account: 'a digest', ...from, details: { what: 'sign_in' } }])
  expect(await rowsOf('replayed')).toMatchObject([{ session: 'a session', ...from }])
})

test('on the command line, what happens is the operator’s doing', async () => {
  await open({ actor: 'cli' })
  await signIn()
  await latchkey.revokeAll('ada', 'revoked')
  expect(await rowsOf('revoked')).toMatchObject([{ actor: 'cli', subject: 'ada' }])
})

test('no user agent, no thumbprint, no token, and no place where none is wanted (PR-1, PR-2, PR-8, I4)', async () => {
  const thumbprint = 'A'.repeat(43)
  const { refreshToken, accessToken } = await signIn({ proof: 'dpop', thumbprint })
  await expect(refresh(refreshToken)).rejects.toMatchObject({ code: 'proof_refused' })
  expect(await rowsOf('unproved')).toHaveLength(1)
  expect(JSON.stringify(written)).not.toMatch(new RegExp(`fingerprint|Mozilla|${thumbprint}`))
  for (const token of [refreshToken, accessToken]) expect(JSON.stringify(written)).not.toContain(token.slice(-20))
  await open({ withPlaces: false })
  const first = await signIn()
  await refresh((await refresh(first.refreshToken)).refreshToken)
  clock.advance(60_000)
  await expect(refresh(first.refreshToken)).rejects.toMatchObject({ code: 'token_reused' })
  expect((await rowsOf('reuse'))[0]).toMatchObject({ label: 'curl', place: '', details: { device: {} } })
  expect(JSON.stringify(written)).not.toMatch(/198\.51|203\.0/)
})

test('a key that comes into use is one row, however often and by however many nodes it is told', async () => {
  const kids = [
    { kid: 'a', use: 'signing', state: 'active', usedFrom: start - 1000, until: null },
    { kid: 'b', use: 'signing', state: 'next', usedFrom: start + 5000, until: null },
    { kid: '1', use: 'refresh', state: 'active', usedFrom: 0, until: null },
    { kid: '0', use: 'refresh', state: 'retired', usedFrom: start - 100 * 86_400_000, until: null },
  ] as const
  const engine = { now: () => clock.ports.now(), keys: () => [...kids] }
  const nodes = [createKeyNotes(engine, trail), createKeyNotes(engine, trail)]
  for (const note of nodes) await note()
  const first = { at: start - 1000, actor: 'server', details: { use: 'signing', kid: 'a' } }
  expect(await rowsOf('key_in_use')).toMatchObject([first])
  clock.advance(5000)
  for (const note of [...nodes, ...nodes]) await note()
  expect(await rowsOf('key_in_use')).toMatchObject([first, { at: start + 5000, details: { kid: 'b' } }])
})

test('rows are kept for as many days as is said, and dropped piece by piece; 0 is for ever (PR-3)', async () => {
  const left = [500, 500, 7]
  const drop = vi.fn<AuditRows['drop']>(async () => left.shift() ?? 0)
  const kept = (days: number): AuditTrail =>
    new AuditTrail({ drop } as unknown as AuditRows, { actor: 'cli', withPlaces: true, days, onTrouble: vi.fn() })
  expect(await kept(30).sweep(start)).toBe(1007)
  expect(drop.mock.calls).toEqual(Array.from({ length: 3 }, () => [firstIdAt(start - 30 * 86_400_000), 500]))
  expect(await kept(0).sweep(start)).toBe(0)
  expect(drop).toHaveBeenCalledTimes(3)
})

test('sign-in neither waits for the trail nor fails by it', async () => {
  const onTrouble = vi.fn()
  const never = { append: () => new Promise(() => undefined) } as unknown as AuditRows
  const broken = { append: () => Promise.reject(new Error('the database is away')) } as unknown as AuditRows
  for (const rows of [never, broken]) {
    const other = new AuditTrail(rows, { actor: 'server', withPlaces: true, days: 90, onTrouble })
    other.watch(latchkey)
    const flushed = other.flush().catch(() => undefined)
    for (let count = 0; count < 5; count += 1) expect((await signIn()).refreshToken).toMatch(/^lkr1_/)
    if (rows === broken) await flushed
  }
})
