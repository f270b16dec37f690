// Stores that each break one promise of the contract, and the case that has to find it out.

import type { Session } from 'latchkey'
import { brokenMarks } from './broken-marks.ts'
import { brokenWrites, type Broken, type BrokenStore } from './broken-writes.ts'
import { settled } from './engine.ts'

const reading =
  (change: (row: Session) => Session): Broken =>
  (real) => ({
    find: async (...given) => real.find(...given).then((row) => row && change(row)),
    findPublic: async (...given) => real.findPublic(...given).then((row) => row && change(row)),
  })

const deaf: Broken = (real) => {
  const verbs = [
    'insert',
    'find',
    'findPublic',
    'advance',
    'list',
    'revoke',
    'revokeAll',
    'sweep',
    'revokedSince',
    'readKeys',
    'writeKeys',
    'mark',
    'unmark',
    'ping',
  ] as const
  const without =
    (name: (typeof verbs)[number]) =>
    (...given: unknown[]) =>
      (real[name] as (...given: unknown[]) => unknown).apply(
        real,
        given.map((one) => (one instanceof AbortSignal ? undefined : one)),
      )
  return Object.fromEntries(verbs.map((name) => [name, without(name)]))
}

export const broken: readonly BrokenStore[] = [
  ...brokenWrites,
  ...brokenMarks,
  [
    'ends what is ended',
    (real) => ({ revoke: async (sid, ...given) => (await real.revoke(sid, ...given)) ?? real.find(sid) }),
    /ends a session once/,
  ],
  [
    'signs out everywhere one by one, and forgets it',
    (real) => ({
      revokeAll: async (subject, { exceptSid, ...ending }) => {
        const rows = await real.list({ subject, limit: 1000 })
        const ended = await Promise.all(
          rows.filter(({ sid }) => sid !== exceptSid).map(({ sid }) => real.revoke(sid, ending)),
        )
        return ended.filter((row) => row !== null)
      },
    }),
    /refuses who authenticated at or before/,
  ],
  [
    'leaves nobody alone',
    (real) => ({
      revokeAll: async (subject, { at, reason }, signal) => real.revokeAll(subject, { at, reason }, signal),
    }),
    /leaves the one session alone/,
  ],
  [
    'lists in the wrong order',
    (real) => ({ list: async (...given) => (await real.list(...given)).toReversed() }),
    /by ascending sid/,
  ],
  [
    'lists without end',
    (real) => ({ list: async (query, signal) => real.list({ ...query, limit: 1e9 }, signal) }),
    /at most as many as asked for/,
  ],
  [
    'lists the dead as living',
    (real) => ({
      list: async ({ subject, after, limit }, signal) =>
        real.list({ subject, limit, ...(after === undefined ? {} : { after }) }, signal),
    }),
    /only what is live/,
  ],
  [
    'cuts the page before it looks who lives',
    (real) => ({
      list: async ({ liveAt, ...query }, signal) => {
        const page = await real.list(query, signal)
        return liveAt === undefined
          ? page
          : page.filter((row) => row.revokedAt === null && row.idleExpiresAt > liveAt && row.absoluteExpiresAt > liveAt)
      },
    }),
    /fills a page with live rows/,
  ],
  [
    'sweeps one millisecond too much',
    (real) => ({ sweep: async (query, signal) => real.sweep({ ...query, before: query.before + 1 }, signal) }),
    /never sweeps away/,
  ],
  [
    'sweeps without end',
    (real) => ({ sweep: async (query, signal) => real.sweep({ ...query, limit: 1e9 }, signal) }),
    /bounded piece/,
  ],
  [
    'sweeps and forgets where it was',
    (real) => ({ sweep: async (query, signal) => ({ ...(await real.sweep(query, signal)), next: null }) }),
    /says where to go on/,
  ],
  [
    'tells of revocations the oldest first',
    (real) => ({ revokedSince: async (...given) => (await real.revokedSince(...given)).toReversed() }),
    /the newest first/,
  ],
  [
    'tells of too many revocations',
    (real) => ({ revokedSince: async (at, _limit, signal) => real.revokedSince(at, 1e9, signal) }),
    /at most as many/,
  ],
  [
    'tells of revocations at the instant too',
    (real) => ({ revokedSince: async (at, limit, signal) => real.revokedSince(at - 1, limit, signal) }),
    /after an instant/,
  ],
  ['is whoever it is called', () => ({ identify: async (proposal) => proposal }), /first environment/],
  [
    'takes the newest fingerprint',
    (real) => ({
      identify: async (proposal) => {
        const { environment, keys } = await real.identify(proposal)
        return { environment, keys: new Map([...keys, ...proposal.keys]) }
      },
    }),
    /first fingerprint/,
  ],
  ['does what was given up', deaf, /aborted signal/],
  ['loses claims', reading((row) => ({ ...row, claims: {} })), /nested claims/],
  [
    'loses NULs',
    reading((row) => ({ ...row, device: { ...row.device, label: row.device.label.replaceAll('\0', '') } })),
    /NULs/,
  ],
  ['composes its texts', reading((row) => ({ ...row, scope: row.scope?.normalize('NFC') ?? null })), /every script/],
  [
    'finds a public id for anybody',
    (real) => ({
      findPublic: async (subject, publicId, signal) => {
        signal?.throwIfAborted()
        const subjects = [subject, 'ada', 'bob']
        const rows = await Promise.all(subjects.map((each) => real.list({ subject: each, limit: 1e9 })))
        return rows.flat().find((row) => row.publicId === publicId) ?? null
      },
    }),
    /its own subject alone/,
  ],
  [
    'folds the case of subjects',
    (real) => ({
      list: async (query, signal) => {
        const { subject, limit, ...others } = query
        const spellings = new Set([subject, subject.toLowerCase(), subject.toUpperCase()])
        const rows = await Promise.all(
          [...spellings].map((each) => real.list({ ...others, subject: each, limit }, signal)),
        )
        return rows.flat().slice(0, limit)
      },
    }),
    /tells subjects apart/,
  ],
  [
    'takes whatever keys come last',
    (real) => ({
      writeKeys: async (text, _replacing, signal) =>
        real.writeKeys(text, (await real.readKeys(signal))?.version ?? 0, signal),
    }),
    /only where the version is the one named/,
  ],
  [
    'looks at the version first and writes the keys later',
    (real) => ({
      writeKeys: async (text, replacing) => {
        if (((await real.readKeys())?.version ?? 0) !== replacing) return false
        await settled()
        return real.writeKeys(text, (await real.readKeys())?.version ?? 0)
      },
    }),
    /exactly one of many who write at once/,
  ],
  [
    'cuts long keys',
    (real) => ({ writeKeys: async (text, ...given) => real.writeKeys(text.slice(0, 8000), ...given) }),
    /keeps a long text/,
  ],
  ['tells a wrong time', () => ({ ping: async () => 0 }), /what time it is/],
  ['cannot serve', () => ({ ping: () => Promise.reject(new Error('down')) }), /says that it can serve/],
  [
    'drops at its close what it accepted',
    (real) => {
      let closed = false
      return {
        close: async () => void (closed = true),
        insert: async (...given) => {
          await settled()
          if (closed) throw new Error('closed')
          return real.insert(...given)
        },
      }
    },
    /finishes what was accepted/,
  ],
]
