// The server's log: what anybody can cause as often as he likes is not written where nobody asks for every word.

import { Writable } from 'node:stream'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { logEvents } from '../../packages/latchkey-server/src/log.ts'
import { openEngine } from '../helpers/engine.ts'

async function linesAt(level: string): Promise<string[]> {
  const { latchkey } = await openEngine()
  onTestFinished(() => latchkey.close())
  const lines: string[] = []
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(String(chunk))
      done()
    },
  })
  logEvents(latchkey, pino({ level, base: null }, stream))
  const origin = { label: 'curl', userAgent: 'curl/8', place: '198.51.100.0' }
  for (let count = 0; count < 100; count += 1) {
    latchkey.report('throttled', () => ({ what: 'sign_in', account: `digest ${count}`, sessionId: null, origin }))
  }
  latchkey.report('sign_in_refused', () => ({ account: 'digest', subject: null, origin }))
  return lines
}

test('a flood of tries that nobody looked at fills no log at its usual level (I7, attack 42)', async () => {
  expect(await linesAt('info')).toHaveLength(1)
  expect(await linesAt('debug')).toHaveLength(101)
})
