import { policyFields } from 'latchkey'
import { describe, expect, test } from 'vitest'
import { requestLimitMs } from '../../packages/latchkey/src/client/limits.ts'

// The client may import nothing of the server, so what must hold between their times is held here.
describe('the limits of the client', () => {
  test('give a renewal up while the server still takes its token a second time (C2)', () => {
    expect(requestLimitMs).toBeLessThan(policyFields.leewaySeconds.default * 1000)
  })
})
