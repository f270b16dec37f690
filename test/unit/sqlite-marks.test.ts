// Counters in an SQLite file: none stays that is over, and files of before there were any get a table for them.

import { DatabaseSync } from 'node:sqlite'
import type { Mark } from 'latchkey'
import { migrate, openDatabase, sqliteStore } from 'latchkey/sqlite'
import { sampleSession } from 'latchkey/testing'
import { expect, onTestFinished, test } from 'vitest'
import { ledger, migrations } from '../../packages/latchkey/src/stores/sqlite/schema.ts'
import { start } from '../helpers/engine.ts'
import { temporaryDatabase } from '../helpers/temporary-database.ts'

const fresh = (): string => {
  const file = temporaryDatabase()
  onTestFinished(() => file.remove())
  return file.path
}
const markAt = (key: string, at: number, lifeMs: number): Mark => ({
  key,
  add: 1,
  at,
  expiresAt: at + lifeMs,
  replace: false,
})

const countIn = (path: string): unknown => {
  const database = new DatabaseSync(path)
  const row = database.prepare('SELECT count(*) AS kept FROM latchkey_marks').get()
  database.close()
  return row?.['kept']
}

test('counters that are over go while others are written (I7, attack 42)', async () => {
  const path = fresh()
  const store = sqliteStore(path)
  for (let index = 0; index < 500; index += 1) await store.mark(markAt(`key ${index}`, start + index, 10))
  expect(countIn(path)).toBeLessThanOrEqual(11)
  await store.mark(markAt('late', start + 1000, 10))
  await store.mark(markAt('later', start + 1020, 10))
  await store.mark(markAt('latest', start + 1040, 10))
  await store.mark(markAt('latest', start + 1041, 10))
  expect(countIn(path)).toBe(1)
  await store.close()
})

test('a file of the version before is brought up to date and keeps its sessions', async () => {
  const path = fresh()
  openDatabase(path, (database) => migrate(database, ledger, migrations.slice(0, 2))).close()
  const old = new DatabaseSync(path)
  expect(old.prepare(`SELECT max(version) AS newest FROM ${ledger}`).get()).toEqual({ newest: 2 })
  old.close()
  const [first, second] = [sqliteStore(path), sqliteStore(path)]
  const session = sampleSession()
  await first.insert(session, { max: 10, evict: true })
  await first.mark(markAt('one', start, 10))
  expect(await second.mark(markAt('one', start, 10))).toEqual({ count: 2, expiresAt: start + 10 })
  expect(await second.find(session.sid)).toEqual(session)
  await first.close()
  await second.close()
})
