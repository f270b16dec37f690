import { MisuseError, policyFields, type PolicyOptions } from 'latchkey'
import { describe, expect, test } from 'vitest'
import { createPolicy, type PolicyName } from '../../packages/latchkey/src/core/policy.ts'

const fields = Object.entries(policyFields) as [PolicyName, (typeof policyFields)[PolicyName]][]

/** Everything else as wide as it goes, so that one option meets its own range and no relation. */
const wide: PolicyOptions = {
  accessSeconds: 100,
  leewaySeconds: 60,
  storeDeadlineSeconds: 1,
  idleSeconds: 86_400,
  absoluteSeconds: 400 * 86_400,
  retentionSeconds: 400 * 86_400,
}
const narrow: Readonly<Record<string, PolicyOptions>> = {
  'accessSeconds min': { leewaySeconds: 0 },
  'accessSeconds max': { idleSeconds: 86_401 },
  'idleSeconds min': { accessSeconds: 59, leewaySeconds: 0 },
  'absoluteSeconds min': { accessSeconds: 59, idleSeconds: 60, leewaySeconds: 0 },
  'retentionSeconds min': { accessSeconds: 5, leewaySeconds: 0 },
}

const refusal = (options: object): unknown => {
  try {
    return createPolicy(options)
  } catch (error) {
    return error
  }
}

describe('createPolicy', () => {
  test('has the defaults of the protocol (SE-1, NI-1)', () => {
    expect(createPolicy({})).toEqual({
      accessMs: 600_000,
      idleMs: 14 * 86_400_000,
      absoluteMs: 30 * 86_400_000,
      leewayMs: 10_000,
      maxSessions: 100,
      whenFull: 'evict',
      storeDeadlineMs: 5000,
      hookMs: 2000,
      retentionMs: 86_400_000,
      maxFeedAgeMs: 120_000,
      whenFeedLost: 'ask',
      maxCachedTokens: 10_000,
      maxRevocations: 100_000,
      clockToleranceMs: 2000,
      nonceLifeMs: 1_200_000,
      revocationLifeMs: 609_000,
    })
  })

  test.each(fields)('takes %s from its least to its most', (name, { min, max }) => {
    for (const [edge, value] of Object.entries({ min, max })) {
      const options = { ...wide, ...narrow[`${name} ${edge}`], [name]: value }
      expect(refusal(options)).not.toBeInstanceOf(Error)
    }
  })

  test.each(fields)('refuses %s beyond its range, or what is no integer', (name, { min, max }) => {
    const wrong = [min - 1, max + 1, min + 0.5, -0.5, Number.NaN, Infinity, -Infinity, String(min), true, [min], {}, 5n]
    for (const value of wrong) {
      const error = refusal({ ...wide, [name]: value })
      expect(error, name).toBeInstanceOf(MisuseError)
      expect(error).toMatchObject({ code: 'option_invalid', message: expect.stringContaining(name) })
    }
  })

  test.each(fields)('takes nothing said for the default of %s', (name) => {
    expect(createPolicy({ [name]: undefined })).toEqual(createPolicy({}))
  })

  test.each([
    ['an access token that lives as long as the idle life', { accessSeconds: 60, idleSeconds: 60 }, 'accessSeconds'],
    ['an idle life beyond the absolute one', { idleSeconds: 86_401, absoluteSeconds: 86_400 }, 'idleSeconds'],
    ['a leeway as long as an access token', { accessSeconds: 20, leewaySeconds: 20 }, 'leewaySeconds'],
    ['a store deadline as long as the leeway', { leewaySeconds: 10, storeDeadlineSeconds: 10 }, 'storeDeadlineSeconds'],
    ['a retention below the life of a revocation', { accessSeconds: 1000, retentionSeconds: 1006 }, 'retentionSeconds'],
  ])('refuses %s', (_what, options, name) => {
    const error = refusal(options)
    expect(error).toBeInstanceOf(MisuseError)
    expect(error).toMatchObject({ code: 'option_invalid', message: expect.stringContaining(name) })
  })

  test.each<[string, PolicyOptions]>([
    ['an access token just shorter than the idle life', { accessSeconds: 59, idleSeconds: 60 }],
    ['an idle life as long as the absolute one', { idleSeconds: 86_400, absoluteSeconds: 86_400 }],
    ['a leeway just shorter than an access token', { accessSeconds: 20, leewaySeconds: 19 }],
    ['a store deadline just below the leeway', { leewaySeconds: 10, storeDeadlineSeconds: 9 }],
    ['no leeway and any store deadline', { leewaySeconds: 0, storeDeadlineSeconds: 30 }],
    ['a retention as long as the life of a revocation', { accessSeconds: 1000, retentionSeconds: 1009 }],
  ])('takes %s', (_what, options) => {
    expect(refusal(options)).not.toBeInstanceOf(Error)
  })

  test('counts the time of a renew hook, where there is one, among what a second tab may have to wait for', () => {
    const options = { leewaySeconds: 10, storeDeadlineSeconds: 5, hookSeconds: 5 }
    expect(refusal(options)).not.toBeInstanceOf(Error)
    expect(refusal({ ...options, renew: undefined })).not.toBeInstanceOf(Error)
    const error = refusal({ ...options, renew: () => undefined })
    expect(error).toMatchObject({ code: 'option_invalid', message: expect.stringContaining('hookSeconds') })
  })

  test('lets a nonce live for twenty minutes, or two access tokens where that is longer', () => {
    expect(createPolicy({ accessSeconds: 599 }).nonceLifeMs).toBe(1_200_000)
    expect(createPolicy({ accessSeconds: 601 }).nonceLifeMs).toBe(1_202_000)
  })

  test('remembers a revocation until no access token of the session can be alive (I10)', () => {
    const { revocationLifeMs } = createPolicy({ accessSeconds: 300, storeDeadlineSeconds: 4 })
    expect(revocationLifeMs).toBe(300_000 + 4000 + 2 * 2000)
  })

  test.each(['evict', 'refuse'] as const)('takes whenFull %s', (whenFull) => {
    expect(createPolicy({ whenFull }).whenFull).toBe(whenFull)
  })

  test.each(['', 'drop', 'EVICT', true, 1, {}])('refuses whenFull %j', (whenFull) => {
    expect(refusal({ whenFull })).toMatchObject({
      code: 'option_invalid',
      message: expect.stringContaining('whenFull'),
    })
  })

  test('reads own properties alone', () => {
    const inherited = Object.create({ accessSeconds: 77, whenFull: 'refuse', maxSessions: 1 }) as PolicyOptions
    expect(createPolicy(inherited)).toEqual(createPolicy({}))
  })
})
