// docs/audit.md names every event of the audit trail, and no other; and what it says of their number is what the code does.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readConfig } from '../../packages/latchkey-server/src/config.ts'
import { queueLimits } from '../../packages/latchkey-server/src/audit/queue.ts'
import { auditEvents } from '../../packages/latchkey-server/src/audit/record.ts'
import { maxKinds, repeatMs } from '../../packages/latchkey-server/src/audit/repeats.ts'

const page = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ')

test('docs/audit.md names every event and no other', () => {
  const [, table = ''] = page.split('| Event | What happened |')
  const [rows = ''] = table.split('A renewal is no row')
  const told = [...rows.matchAll(/\| ((?:`\w+`(?:, )?)+) \| /g)].flatMap(([, names = '']) => names.match(/\w+/g) ?? [])
  expect(told.toSorted()).toEqual(Object.keys(auditEvents).toSorted())
})

test('docs/audit.md says the limits and the retention as they are', () => {
  expect([queueLimits.maxWaiting, queueLimits.gatherMs, maxKinds, repeatMs]).toEqual([10_000, 250, 1000, 60_000])
  expect(page).toMatch(/a quarter of a second .* up to 10,000 rows wait/)
  expect(page).toMatch(/after a minute one more .* Beyond 1,000 different ones of an event in a minute/)
  expect(readConfig({})).toMatchObject({ auditDays: 90, auditAddresses: 'coarse', metricsPort: undefined })
  expect(page).toContain('`LATCHKEY_AUDIT_DAYS` (90 by itself; 0 keeps them)')
})
