// Which errors of a database pass by themselves: a command then ends with 4 and may be tried again, and with 1 otherwise.

import { once } from 'node:events'
import { createConnection } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { LatchkeyError } from 'latchkey'
import { isOutage, reasonOf } from '../../packages/latchkey-server/src/outage.ts'

const coded = (code: string, message = 'something'): Error => Object.assign(new Error(message), { code })

// Port 1 of this machine: nobody listens there.
async function refused(): Promise<unknown> {
  const [error]: unknown[] = await once(createConnection(1, '127.0.0.1'), 'error')
  return error
}

function sqliteError(): unknown {
  try {
    new DatabaseSync(':memory:').exec('SELECT 1 FROM nothing')
  } catch (error) {
    return error
  }
  throw new Error('there is such a table')
}

describe('isOutage', () => {
  test.each([
    ['a refused connection', coded('ECONNREFUSED')],
    ['a name that cannot be looked up', coded('EAI_AGAIN')],
    ['one of several addresses refused', new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')], '')],
    ['PostgreSQL starting up', coded('57P03', 'the database system is starting up')],
    ['PostgreSQL full', coded('53300', 'sorry, too many clients already')],
    ['PostgreSQL read-only', coded('25006')],
    ['a pool that waits in vain', new Error('timeout exceeded when trying to connect')],
    ['a connection that broke', new Error('Connection terminated unexpectedly')],
    ['Redis loading', new Error('LOADING Redis is loading the dataset in memory')],
    ['a cluster that is down', new Error('CLUSTERDOWN The cluster is down')],
    ['our own', new LatchkeyError('store_unavailable')],
    ['one beneath another', new Error('could not open', { cause: coded('ECONNRESET') })],
    ['whatever SQLite says', sqliteError()],
  ])('%s passes', (_name, error) => {
    expect(isOutage(error)).toBe(true)
  })

  test.each([
    ['a wrong password', coded('28P01', 'password authentication failed for user "ada"')],
    ['a database that is not there', coded('3D000')],
    ['a right that is missing', coded('42501')],
    ['a defect', new TypeError('undefined is not a function')],
    ['no error at all', 'ECONNREFUSED'],
    ['nothing', undefined],
  ])('%s does not', (_name, error) => {
    expect(isOutage(error)).toBe(false)
  })
})

describe('reasonOf', () => {
  test('says what lies beneath, and what the first of several said', async () => {
    expect(reasonOf(new Error('above', { cause: new Error('beneath') }))).toBe('above (beneath)')
    expect(reasonOf(new AggregateError([coded('ECONNREFUSED', 'refused')], ''))).toBe('refused')
    expect(reasonOf(await refused())).toMatch(/ECONNREFUSED/)
    expect(reasonOf(7)).toBe('something that is no error was thrown')
  })
})
