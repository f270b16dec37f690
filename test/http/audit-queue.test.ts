// The way from what happens to the table: nobody waits for it and nobody fails by it, it is bounded, and what does not
// fit is counted and told, also by the trail itself.

import { setTimeout as pause } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { AuditQueue, type QueueLimits } from '../../packages/latchkey-server/src/audit/queue.ts'
import { recordOf, type AuditDraft, type AuditRecord } from '../../packages/latchkey-server/src/audit/record.ts'
import { maxKinds, maxThrottledKinds, repeatMs, Repeats } from '../../packages/latchkey-server/src/audit/repeats.ts'
import { RowIds } from '../../packages/latchkey-server/src/audit/row-id.ts'
import type { AuditRows } from '../../packages/latchkey-server/src/audit/rows.ts'

// As long as no test wants to wait: only an explicit flush writes.
const limits: QueueLimits = { maxWaiting: 10, maxBatch: 4, gatherMs: 60_000, retryMs: 60_000, maxRetryMs: 60_000 }

function queueOn(append: AuditRows['append'], more: Partial<QueueLimits> = {}) {
  const ids = new RowIds()
  const trouble = vi.fn<(error: unknown, lost: number) => void>()
  const rows = { append } as AuditRows
  const queue = new AuditQueue(rows, (draft) => recordOf(draft, ids, true), trouble, { ...limits, ...more })
  return { queue, trouble }
}

const draft = (subject: string): AuditDraft => ({ at: 1, event: 'signed_in', subject })
const subjectsOf = (records: readonly AuditRecord[]): (string | null)[] => records.map(({ subject }) => subject)

test('writes what comes in batches, in order, and counts it', async () => {
  const batches: (readonly AuditRecord[])[] = []
  const { queue, trouble } = queueOn(async (records) => void batches.push(records))
  for (const subject of '123456789') queue.add(draft(subject))
  expect([queue.waiting, queue.written]).toEqual([9, 0])
  await queue.flush()
  expect(batches.map(({ length }) => length)).toEqual([4, 4, 1])
  expect(subjectsOf(batches.flat()).join('')).toBe('123456789')
  expect([queue.waiting, queue.written, queue.lost, trouble.mock.calls.length]).toEqual([0, 9, 0, 0])
})

test('writes by itself, soon after something came', async () => {
  const written = Promise.withResolvers<readonly AuditRecord[]>()
  const { queue } = queueOn(async (records) => written.resolve(records), { gatherMs: 1 })
  queue.add(draft('ada'))
  expect(subjectsOf(await written.promise)).toEqual(['ada'])
})

test('keeps what could not be written, tries again by itself, and says that there is trouble', async () => {
  let fails = true
  const written: AuditRecord[] = []
  const done = Promise.withResolvers<void>()
  const { queue, trouble } = queueOn(
    async (records) => {
      if (fails) throw new Error('the database is away')
      written.push(...records)
      done.resolve()
    },
    { retryMs: 1, maxRetryMs: 2 },
  )
  queue.add(draft('ada'))
  await expect(queue.flush()).rejects.toThrow('away')
  queue.add(draft('bert'))
  fails = false
  await done.promise
  expect(subjectsOf(written)).toEqual(['ada', 'bert'])
  expect(trouble).toHaveBeenCalledWith(new Error('the database is away'), 0)
  queue.stop()
})

test('is bounded: what does not fit is counted, told, and stands in the trail as lost (I7, SE-15)', async () => {
  let fails = true
  const written: AuditRecord[] = []
  const { queue, trouble } = queueOn(async (records) => {
    if (fails) throw new Error('the database is away')
    written.push(...records)
  })
  for (let count = 0; count < 25; count += 1) queue.add({ ...draft(String(count)), at: count })
  expect([queue.waiting, queue.lost]).toEqual([10, 15])
  await expect(queue.flush()).rejects.toThrow('away')
  expect(trouble).toHaveBeenLastCalledWith(expect.anything(), 15)
  fails = false
  await queue.flush()
  const gaps = written.filter(({ event }) => event === 'audit_lost')
  expect(gaps).toMatchObject([{ at: 24, details: { rows: 15 } }])
  expect(written.filter(({ event }) => event === 'signed_in')).toHaveLength(10)
  await queue.flush()
  expect(written.filter(({ event }) => event === 'audit_lost')).toHaveLength(1)
  queue.stop()
})

test('tells of a gap once, also where the answer to the first telling was lost (attack 43)', async () => {
  const kept = new Map<string, AuditRecord>()
  let answers = false
  const { queue } = queueOn(async (records) => {
    for (const record of records) kept.set(record.id, record)
    if (!answers) throw new Error('nobody heard of it')
  })
  for (let count = 0; count < 13; count += 1) queue.add(draft(String(count)))
  await expect(queue.flush()).rejects.toThrow('nobody heard')
  // Two more do not fit: they are another gap, or part of one that nobody was told of yet.
  for (let count = 0; count < 2; count += 1) queue.add(draft('late'))
  answers = true
  await queue.flush()
  const lost = [...kept.values()].filter(({ event }) => event === 'audit_lost')
  expect(lost.reduce((sum, { details }) => sum + Number(details['rows']), 0)).toBe(5)
  expect(kept.size).toBe(10 + lost.length)
  queue.stop()
})

test('a write that hangs holds nobody up who reports', () => {
  const { queue } = queueOn(() => new Promise(() => undefined))
  queue.add(draft('ada'))
  void queue.flush()
  for (let count = 0; count < 1000; count += 1) queue.add(draft('bert'))
  expect([queue.waiting, queue.lost]).toEqual([10, 991])
})

test('a database that hangs is asked once at a time, and a stop waits for two writes at the most (I7)', async () => {
  let asked = 0
  const { queue } = queueOn(
    async () => {
      asked += 1
      await pause(60)
      throw new Error('the database hangs')
    },
    { gatherMs: 1 },
  )
  for (let count = 0; count < 25; count += 1) {
    queue.add(draft(String(count)))
    await pause(2)
  }
  const before = asked
  await expect(queue.flush()).rejects.toThrow('hangs')
  expect(asked - before).toBeLessThanOrEqual(1)
  // The next try is put off, and not made at once for each that came meanwhile.
  await pause(100)
  expect(asked - before).toBeLessThanOrEqual(1)
  queue.stop()
})

test('what came while rows were written is written soon after', async () => {
  const written: AuditRecord[] = []
  const both = Promise.withResolvers<void>()
  const { queue } = queueOn(
    async (records) => {
      // Within the write, after the last look at what waits.
      if (written.length === 0) queueMicrotask(() => setImmediate(() => queue.add(draft('bert'))))
      await pause(5)
      written.push(...records)
      if (written.length === 2) both.resolve()
    },
    { gatherMs: 1 },
  )
  queue.add(draft('ada'))
  await both.promise
  expect(subjectsOf(written)).toEqual(['ada', 'bert'])
})

const stolen = (at: number, more: Partial<AuditDraft> = {}): AuditDraft => ({
  at,
  event: 'unproved',
  session: 'one session',
  place: '198.51.100.0',
  ...more,
})

test('the same again is one row at once, and one that says how often (I7)', () => {
  const repeats = new Repeats()
  expect(repeats.admit(stolen(0))).toEqual(stolen(0))
  for (let at = 1; at <= 5000; at += 1) expect(repeats.admit(stolen(at, { details: { depth: at } }))).toBeUndefined()
  expect(repeats.due(repeatMs - 1)).toEqual([])
  expect(repeats.due(repeatMs)).toEqual([stolen(5000, { details: { repeats: 5000 } })])
  expect(repeats.due(repeatMs)).toEqual([])
  expect(repeats.admit(stolen(repeatMs + 1))).toEqual(stolen(repeatMs + 1))
  expect(repeats.due(Number.POSITIVE_INFINITY)).toEqual([])
})

test('what comes from elsewhere, or of another session, is no repetition', () => {
  const repeats = new Repeats()
  const different = [stolen(0), stolen(0, { place: '203.0.113.0' }), stolen(0, { session: 'another' })]
  expect(different.map((each) => repeats.admit(each))).toEqual(different)
})

test('what nobody can repeat at will is always a row of its own', () => {
  const repeats = new Repeats()
  const ended: AuditDraft = { at: 0, event: 'revoked', session: 'one session' }
  expect([repeats.admit(ended), repeats.admit(ended)]).toEqual([ended, ended])
})

test('however many accounts are tried, rows are bounded and nothing is uncounted (I7)', () => {
  const repeats = new Repeats()
  const tries = 20 * maxKinds
  let rows = 0
  for (let count = 0; count < tries; count += 1) {
    const admitted = repeats.admit({ at: count, event: 'sign_in_refused', account: `digest ${count}` })
    if (admitted !== undefined) rows += 1
  }
  const [others, ...more] = repeats.due(Number.POSITIVE_INFINITY)
  expect([rows, more]).toEqual([maxKinds, []])
  expect(others).toEqual({
    at: tries - 1,
    event: 'sign_in_refused',
    details: { others: true, repeats: tries - maxKinds },
  })
})

test('a flood of one kind hides no alarm of another (SE-15, attack 44)', () => {
  const repeats = new Repeats()
  for (let count = 0; count < 2 * maxKinds; count += 1) {
    repeats.admit({ at: count, event: 'throttled', account: `digest ${count}`, details: { what: 'sign_in' } })
  }
  expect(repeats.admit(stolen(1))).toEqual(stolen(1))
  const again: AuditDraft = { at: 2, event: 'again', session: 'another', details: { depth: 2 } }
  expect(repeats.admit(again)).toEqual(again)
})

test('one network that knocks with ever other names fills no table: it is counted (I7, attack 42)', () => {
  const repeats = new Repeats()
  const knock = (place: string, count: number): AuditDraft | undefined =>
    repeats.admit({ at: count, event: 'throttled', account: `digest ${count}`, place })
  const admitted = Array.from({ length: 500 }, (_, count) => knock('198.51.100.0', count))
  expect(admitted.filter((each) => each !== undefined)).toHaveLength(maxThrottledKinds)
  expect(knock('203.0.113.0', 7)).toBeDefined()
  const placeless = Array.from({ length: 500 }, (_, count) =>
    repeats.admit({ at: count, event: 'throttled', account: `other ${count}` }),
  )
  expect(placeless.filter((each) => each !== undefined)).toHaveLength(maxThrottledKinds)
  expect(repeats.due(Number.POSITIVE_INFINITY)).toEqual([
    {
      at: 499,
      event: 'throttled',
      place: '198.51.100.0',
      details: { others: true, repeats: 500 - maxThrottledKinds },
    },
    { at: 499, event: 'throttled', place: '', details: { others: true, repeats: 500 - maxThrottledKinds } },
  ])
  expect(knock('198.51.100.0', 8)).toBeDefined()
})

test('a clock that was set back does not keep what was counted from being told', () => {
  const repeats = new Repeats()
  repeats.admit(stolen(10 * repeatMs))
  repeats.admit(stolen(10 * repeatMs))
  expect(repeats.due(repeatMs)).toHaveLength(1)
})
