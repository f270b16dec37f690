import { memoryStore } from 'latchkey/memory'
import { sampleSession } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'

const roomy = { max: 1000, evict: true }

describe('the memory store', () => {
  test('holds so many rows and no more: beyond it a sign-in is an outage, and nothing is lost (I7)', async () => {
    const store = memoryStore({ maxRows: 3 })
    const sessions = [sampleSession(), sampleSession(), sampleSession()]
    for (const session of sessions) await store.insert(session, roomy)
    await expect(store.insert(sampleSession(), roomy)).rejects.toThrow('3 rows')
    await expect(store.insert(sampleSession(), { max: 1, evict: true })).rejects.toThrow('3 rows')
    expect(await store.list({ subject: 'ada', limit: 10 })).toEqual(sessions)
  })

  test('has room again after a sweep', async () => {
    const store = memoryStore({ maxRows: 1 })
    const dead = sampleSession({ idleExpiresAt: 1 })
    await store.insert(dead, roomy)
    await store.sweep({ before: 2, limit: 10 })
    const session = sampleSession()
    expect(await store.insert(session, roomy)).toEqual({ inserted: true, evicted: [] })
    expect(await store.find(session.sid)).toEqual(session)
  })

  test('counts so many things and no more: it forgets what is over, and never what is alive (I7, attack 42)', async () => {
    const store = memoryStore({ maxRows: 5 })
    const mark = (key: string, at: number, life: number) =>
      store.mark({ key, add: 1, at, expiresAt: at + life, replace: false })
    for (const key of ['a', 'b', 'c', 'd', 'e']) await mark(key, 1, key === 'e' ? 10 : 100)
    await expect(mark('f', 2, 100)).rejects.toThrow('5 things')
    for (const key of ['a', 'b', 'c', 'd', 'e']) expect((await mark(key, 2, 100)).count).toBe(2)
    expect((await mark('f', 11, 100)).count).toBe(1)
    await expect(mark('g', 11, 100)).rejects.toThrow('5 things')
    expect((await mark('a', 11, 100)).count).toBe(3)
  })

  test('shares nothing with another', async () => {
    const [one, other] = [memoryStore(), memoryStore()]
    const session = sampleSession()
    await one.insert(session, roomy)
    expect(await other.find(session.sid)).toBeNull()
  })

  test('forgets everything when it is closed', async () => {
    const store = memoryStore()
    const session = sampleSession()
    await store.insert(session, roomy)
    await store.close()
    expect(await store.find(session.sid)).toBeNull()
  })

  test('forgets a sign-out-everywhere with the rows of its time, so that it does not grow (I7)', async () => {
    const store = memoryStore()
    await store.revokeAll('ada', { at: 100, reason: 'signed_out_everywhere' })
    await store.sweep({ before: 101, limit: 10 })
    expect(await store.insert(sampleSession({ authTime: 100 }), roomy)).toMatchObject({ inserted: true })
  })
})
