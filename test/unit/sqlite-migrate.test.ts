import { DatabaseSync } from 'node:sqlite'
import { MisuseError } from 'latchkey'
import { migrate, sqliteStore, type Migration } from 'latchkey/sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { temporaryDatabase, type TemporaryDatabase } from '../helpers/temporary-database.ts'

const one: Migration = { name: 'one', sql: 'CREATE TABLE a (x INTEGER) STRICT' }
const two: Migration = { name: 'two', sql: 'CREATE TABLE b (x INTEGER) STRICT; INSERT INTO b VALUES (1)' }
const broken: Migration = { name: 'broken', sql: 'CREATE TABLE c (x INTEGER) STRICT; CREATE TABLE nonsense (' }

let file: TemporaryDatabase
let database: DatabaseSync
beforeEach(() => {
  file = temporaryDatabase()
  database = new DatabaseSync(file.path)
})
afterEach(() => {
  database.close()
  file.remove()
})
const tables = (): unknown[] =>
  database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => name)
const applied = (): unknown[] => database.prepare('SELECT * FROM ledger ORDER BY version').all()

describe('migrate', () => {
  test('applies each step once, in order, and keeps a ledger of them', () => {
    migrate(database, 'ledger', [one])
    migrate(database, 'ledger', [one, two])
    migrate(database, 'ledger', [one, two])
    expect(tables()).toEqual(['a', 'b', 'ledger'])
    expect(applied()).toEqual([
      { version: 1, name: 'one' },
      { version: 2, name: 'two' },
    ])
    expect(database.prepare('SELECT count(*) AS rows FROM b').get()).toEqual({ rows: 1 })
  })

  test('applies all or nothing, and can be tried again', () => {
    expect(() => migrate(database, 'ledger', [one, broken])).toThrow()
    expect(tables()).toEqual([])
    expect(() => database.exec('BEGIN; ROLLBACK')).not.toThrow()
    migrate(database, 'ledger', [one, two])
    expect(tables()).toEqual(['a', 'b', 'ledger'])
  })

  test('refuses a schema that is newer than it knows, and touches nothing', () => {
    migrate(database, 'ledger', [one, two])
    const refused = () => migrate(database, 'ledger', [one])
    expect(refused).toThrow(MisuseError)
    expect(refused).toThrow(
      expect.objectContaining({ code: 'store_newer', message: expect.stringContaining('ledger') }),
    )
    expect(() => database.exec('BEGIN; ROLLBACK')).not.toThrow()
    expect(applied()).toHaveLength(2)
  })

  test('keeps ledgers apart', () => {
    migrate(database, 'ledger', [one])
    migrate(database, 'other', [two])
    expect(tables()).toEqual(['a', 'b', 'ledger', 'other'])
  })
})

describe('sqliteStore', () => {
  test('refuses a file that a newer version has written to, and leaves it unlocked', async () => {
    await sqliteStore(file.path).close()
    database.exec("INSERT INTO latchkey_migrations VALUES (1000, 'from the future')")
    expect(() => sqliteStore(file.path)).toThrow(expect.objectContaining({ code: 'store_newer' }))
    database.exec('BEGIN IMMEDIATE; DELETE FROM latchkey_migrations WHERE version = 1000; COMMIT')
    await sqliteStore(file.path).close()
  })

  test('takes a file that holds other tables too', async () => {
    database.exec('CREATE TABLE users (name TEXT) STRICT')
    await sqliteStore(file.path).close()
    expect(tables()).toEqual(expect.arrayContaining(['users', 'latchkey_sessions']))
  })
})
