// Whether secrets are compared in constant time cannot be seen in one answer; the bench measures it (bench/timing). Here
// the sources are read: whatever makes a mac or a digest of a secret compares with `timingSafeEqual`, and by no other
// means. The mistake it prevents: a new secret, compared with `===` by habit.

import { describe, expect, test } from 'vitest'
import { scan } from '../meta/scan.ts'
import { sourcesUnder } from '../meta/sources.ts'

const sources = [...sourcesUnder('packages/latchkey/src', 'packages/latchkey-server/src')].map(
  // With its strings: what is compared with a word of ours is no secret.
  ([path, source]) => [path, scan(source).text] as const,
)
const paths = (pattern: RegExp): string[] => sources.filter(([, code]) => pattern.test(code)).map(([path]) => path)

// A mac, or a digest, that stands right beside `===` or inside `equals(…)` or `includes(…)`.
const leaky =
  /\b(?:mac|digest|secret|proof|nonce|signature|password)(?:Of\([^()]*\)|Hash)?\s*[!=]==\s*(?!undefined|null)\w|\.equals\(|Buffer\.compare\(/gi

const leaksIn = (code: string): string[] => [...code.matchAll(leaky)].map(([found]) => found)

describe('secrets', () => {
  test('that come from outside are compared in constant time, wherever one is (SE-17)', () => {
    const comparing = paths(/\btimingSafeEqual\(/)
    expect(comparing).toEqual(expect.arrayContaining(['refresh-token.ts', 'session-key.ts'].map(inCore)))
    expect(comparing).toContain('packages/latchkey/src/express/clients.ts')
    expect(comparing).toContain('packages/latchkey/src/express/dpop/nonces.ts')
  })

  test('are compared by no other means (SE-17)', () => {
    expect(sources.flatMap(([path, code]) => leaksIn(code).map((leak) => `${path}: ${leak}`))).toEqual([])
  })
})

const inCore = (name: string): string => `packages/latchkey/src/core/${name}`

describe('the search for leaky comparisons', () => {
  test.each(['if (mac === given)', 'macOf(a) !== b', 'digest === kept', 'a.equals(b)', 'Buffer.compare(a, b) === 0'])(
    'finds %s (SE-17)',
    (code) => {
      expect(leaksIn(code)).not.toEqual([])
    },
  )

  test.each(['proof === undefined', 'nonce !== null', 'timingSafeEqual(mac, given)', "session.proof !== ''"])(
    'leaves %s alone',
    (code) => {
      expect(leaksIn(code)).toEqual([])
    },
  )
})
