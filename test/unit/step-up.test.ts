// What a route may ask of an access token, judged by what the token says and by nothing else (RFC 6750, RFC 9470).

import { isLatchkeyError, type Access } from 'latchkey'
import { describe, expect, test } from 'vitest'
import { checkRequirements, requirementsOf, type Requirements } from '../../packages/latchkey/src/express/step-up.ts'
import { codeOf, day, second, start } from '../helpers/engine.ts'

const access: Access = {
  subject: 'ada',
  sessionId: 'id',
  client: 'first-party',
  scope: 'read write',
  thumbprint: null,
  acr: null,
  amr: [],
  tokenId: 'jti',
  issuedAt: start,
  expiresAt: start + 600 * second,
  authTime: start,
  claims: {},
}

function judged(asked: Requirements, said: Partial<Access> = {}, now = start): unknown {
  try {
    checkRequirements({ ...access, ...said }, requirementsOf(asked), now)
    return 'ok'
  } catch (error) {
    if (!isLatchkeyError(error)) throw error
    return [error.code, error.challenge]
  }
}

describe('checkRequirements', () => {
  test('asks for every scope that is named, and for the whole of its name (SU-7)', () => {
    expect(judged({})).toBe('ok')
    expect(judged({ scope: 'read' })).toBe('ok')
    expect(judged({ scope: 'write read' })).toBe('ok')
    const refused = ['scope_insufficient', { scope: 'read admin' }]
    expect(judged({ scope: 'read admin' })).toEqual(refused)
    expect(judged({ scope: 'rea' })).toEqual(['scope_insufficient', { scope: 'rea' }])
    expect(judged({ scope: 'read' }, { scope: null })).toEqual(['scope_insufficient', { scope: 'read' }])
    expect(judged({ scope: 'read' }, { scope: '' })).toEqual(['scope_insufficient', { scope: 'read' }])
  })

  test('takes a registered client’s token only where a scope is asked for, or any client is let in', () => {
    const shop = { client: 'shop' }
    expect(judged({}, shop)).toEqual(['scope_insufficient', {}])
    expect(judged({ maxAge: 60 }, shop)).toEqual(['scope_insufficient', {}])
    expect(judged({ clients: 'first-party', scope: 'read' }, shop)).toEqual(['scope_insufficient', {}])
    expect(judged({ clients: 'any' }, shop)).toBe('ok')
    expect(judged({ scope: 'read' }, shop)).toBe('ok')
    expect(judged({ scope: 'admin' }, shop)).toEqual(['scope_insufficient', { scope: 'admin' }])
  })

  test('asks for a sign-in that is not older than maxAge, and the elevation ends by itself (SU-1, SU-5)', () => {
    const stale = ['step_up_required', { max_age: '60' }]
    expect(judged({ maxAge: 60 }, {}, start + 60 * second)).toBe('ok')
    expect(judged({ maxAge: 60 }, {}, start + 60 * second + 1)).toEqual(stale)
    expect(judged({ maxAge: 60 }, { authTime: start - 3600 * second })).toEqual(stale)
  })

  test('takes any one of the classes, names them in the order of preference, and no claim is none of them (SU-2, SU-3)', () => {
    const acr = ['urn:mfa', 'urn:strong']
    const refused = ['step_up_required', { acr_values: 'urn:mfa urn:strong' }]
    expect(judged({ acr }, { acr: 'urn:strong' })).toBe('ok')
    expect(judged({ acr }, { acr: 'urn:mfa' })).toBe('ok')
    expect(judged({ acr })).toEqual(refused)
    expect(judged({ acr }, { acr: 'urn:weak' })).toEqual(refused)
    expect(judged({ acr }, { acr: 'urn:mfa urn:strong' })).toEqual(refused)
    expect(judged({ acr: 'urn:mfa' }, { acr: 'urn:mfa' })).toBe('ok')
  })

  test('tells all that a new sign-in must satisfy, also where only a part is missing (SU-1)', () => {
    const all = ['step_up_required', { acr_values: 'a', max_age: '60' }]
    expect(judged({ acr: 'a', maxAge: 60 })).toEqual(all)
    expect(judged({ acr: 'a', maxAge: 60 }, { acr: 'a' }, start + 61 * second)).toEqual(all)
  })

  test('refuses for the scope first: a stronger sign-in would not bring it (SU-7)', () => {
    expect(judged({ scope: 'admin', acr: 'a', maxAge: 1 }, {}, start + day)).toEqual([
      'scope_insufficient',
      { scope: 'admin' },
    ])
  })
})

describe('requirementsOf', () => {
  const wrong: readonly unknown[] = [
    { scope: '' },
    { scope: 'a  b' },
    { scope: '"' },
    { scope: 7 },
    { scope: ['a'] },
    { maxAge: 0 },
    { maxAge: -1 },
    { maxAge: 1.5 },
    { maxAge: '60' },
    { maxAge: Infinity },
    { acr: '' },
    { acr: [] },
    { acr: ['a', 7] },
    { acr: 'a b' },
    { acr: 'a\r\nX: y' },
  ]
  test.each(wrong)('refuses %j when the route is made, not when it is asked for', async (given) => {
    expect(await codeOf(() => requirementsOf(given as Requirements))).toBe('option_invalid')
  })

  test('knows where nothing is asked for', () => {
    expect(requirementsOf({}).satisfied).toBe(true)
    for (const asked of [{ scope: 'a' }, { acr: 'a' }, { maxAge: 1 }]) {
      expect(requirementsOf(asked).satisfied).toBe(false)
    }
  })
})
