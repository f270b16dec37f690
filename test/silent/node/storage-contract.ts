// What a client may rely on whatever keeps its session. It knows nothing of files or browsers: a storage of one's own
// (Redis, a phone's keychain) is tried with the same cases.

import { expect } from 'vitest'
import type { ClientStorage, Kept } from 'latchkey/client'

/** Storages on the same data, each as another process would open it; the same one twice where nobody else can. */
type Openings = readonly [ClientStorage, ClientStorage]

export interface StorageContract {
  readonly test: (name: string, run: () => Promise<void>) => void
  /** Fresh and empty data for each test. */
  readonly open: () => Openings
}

/** A session of body mode with everything that a text storage is given. */
export const sampleKept = (overrides: Partial<Kept> = {}): Kept => ({
  sessionId: 'session-one',
  turn: 1,
  key: 'a-key-as-text',
  nonce: 'a-nonce',
  refreshToken: 'a-refresh-token-\u00e9\u{1f511}\n"',
  accessToken: 'an-access-token',
  lifeMs: 600_000,
  expiresAt: 1_800_000_600_000.5,
  ...overrides,
})

type Case = (openings: Openings) => Promise<void>

const keeping: Readonly<Record<string, Case>> = {
  'holds nothing at first': async ([one]) => {
    expect(await one.read()).toBeNull()
    expect(await one.read('session-one')).toBeNull()
  },
  'gives back all that was written, to everybody': async ([one, other]) => {
    await one.write(sampleKept())
    expect(await one.read()).toEqual(sampleKept())
    expect(await other.read()).toEqual(sampleKept())
    expect(await other.read('session-one')).toEqual(sampleKept())
  },
  'gives nothing for a session that it does not know': async ([one]) => {
    await one.write(sampleKept())
    expect(await one.read('session-two')).toBeNull()
  },
  'keeps nothing of what was written before of the same session': async ([one, other]) => {
    await one.write(sampleKept())
    await other.write({ sessionId: 'session-one', turn: 2 })
    expect(await one.read()).toEqual({ sessionId: 'session-one', turn: 2 })
  },
  'has one newest session, the last that was written': async ([one, other]) => {
    await one.write(sampleKept())
    await other.write(sampleKept({ sessionId: 'session-two' }))
    expect(await one.read()).toEqual(sampleKept({ sessionId: 'session-two' }))
    await one.write(sampleKept({ turn: 2 }))
    expect(await other.read()).toEqual(sampleKept({ turn: 2 }))
  },
  'gives an older session whole or not at all': async ([one]) => {
    await one.write(sampleKept())
    await one.write(sampleKept({ sessionId: 'session-two' }))
    expect([null, sampleKept()]).toContainEqual(await one.read('session-one'))
  },
  'keeps the last of many writes begun at once': async ([one]) => {
    await Promise.all(Array.from({ length: 20 }, (_, turn) => one.write(sampleKept({ turn }))))
    expect((await one.read())?.turn).toBe(19)
  },
}

const removing: Readonly<Record<string, Case>> = {
  'forgets a session when told, for everybody': async ([one, other]) => {
    await one.write(sampleKept())
    await other.remove('session-one')
    expect(await one.read()).toBeNull()
    expect(await other.read('session-one')).toBeNull()
  },
  'forgets no session but the one that it is told': async ([one, other]) => {
    await one.write(sampleKept())
    await other.remove('session-two')
    await one.write(sampleKept({ sessionId: 'session-two' }))
    await other.remove('session-one')
    expect(await one.read()).toEqual(sampleKept({ sessionId: 'session-two' }))
  },
  'takes it calmly to forget what is not there': async ([one]) => {
    await one.remove('session-one')
    await one.write(sampleKept())
    await Promise.all([one.remove('session-one'), one.remove('session-one')])
    expect(await one.read()).toBeNull()
  },
  'keeps a session that is begun after the sign-out of another': async ([one]) => {
    await one.write(sampleKept())
    await Promise.all([one.remove('session-one'), one.write(sampleKept({ sessionId: 'session-two' }))])
    expect((await one.read())?.sessionId).toBe('session-two')
  },
}

const keys: Readonly<Record<string, Case>> = {
  'holds a key as it is, where it says that it can': async ([one, other]) => {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    const key = await crypto.subtle.importKey('raw', Buffer.alloc(32, 7), algorithm, false, ['sign'])
    if (one.keepsKeys !== true) return
    await one.write(sampleKept({ key }))
    const kept = (await other.read())?.key as typeof key
    const [mac, expected] = await Promise.all(
      [kept, key].map((each) => crypto.subtle.sign('HMAC', each, Buffer.from('x'))),
    )
    expect(Buffer.from(mac!)).toEqual(Buffer.from(expected!))
  },
}

const waitMs = 5000
const never = (): Promise<never> => Promise.reject(new Error('must not be called'))

/** Holds the lock of this storage until the work is done. */
async function whileHeld(storage: ClientStorage, work: () => Promise<void>): Promise<void> {
  await storage.lock?.(work, waitMs)
}

const locking: Readonly<Record<string, Case>> = {
  'gives what the work under its lock gives, an error too': async ([one]) => {
    if (one.lock === undefined) return
    expect(await one.lock(async () => 'done', waitMs)).toBe('done')
    await expect(one.lock(() => Promise.reject(new Error('of the work')), waitMs)).rejects.toThrow('of the work')
    expect(await one.lock(async () => 'done again', 0)).toBe('done again')
  },
  'lets one work at a time under its lock, and all in the end': async ([one, other]) => {
    let inside = 0
    const work = async (): Promise<number> => {
      inside += 1
      const seen = inside
      await new Promise(setImmediate)
      inside -= 1
      return seen
    }
    const locks = Array.from({ length: 5 }, () => [one.lock, other.lock]).flat()
    const all = locks.flatMap((lock) => (lock === undefined ? [] : [lock(work, waitMs)]))
    expect(await Promise.all(all)).toEqual(all.map(() => 1))
  },
  'waits for its lock no longer than it is told, and has not begun the work then (C16)': async ([one, other]) => {
    await whileHeld(one, async () => {
      await expect(other.lock?.(never, 30)).rejects.toMatchObject({
        name: expect.stringMatching(/^(Timeout|Abort)Error$/),
      })
      await expect(one.lock?.(never, 0)).rejects.toMatchObject({
        name: expect.stringMatching(/^(Timeout|Abort)Error$/),
      })
    })
  },
  'reads and writes under its own lock and under that of another': async ([one, other]) => {
    await whileHeld(one, async () => {
      await one.write(sampleKept())
      await other.write(sampleKept({ turn: 2 }))
      expect((await one.read())?.turn).toBe(2)
      await other.remove('session-one')
    })
  },
}

/** Registers all cases with a runner. */
export function storageContract({ test, open }: StorageContract): void {
  for (const [name, run] of Object.entries({ ...keeping, ...removing, ...keys, ...locking })) {
    test(name, () => run(open()))
  }
}
