// Finds the tests that name a line, such as `(RT-4)` or `(C8)` in a title, by reading the sources of the tests: a list
// kept by hand would go on claiming a test that is gone.

import { scan } from '../../../test/meta/scan.ts'
import { sourcesUnder } from '../../../test/meta/sources.ts'

export interface NamingTest {
  /** From the root of the repository. */
  readonly path: string
  readonly title: string
  /** Every id in the title. */
  readonly ids: readonly string[]
}

const kinds = 'RT TE RV IN AT JW MD DP SU BB SE NI CK IK PD PR OP'.split(' ').join('|')
/** Lines of the standards, such as `RT-4`. */
const requirementIds: RegExp = new RegExp(`\\b(?:${kinds})-\\d+\\b`, 'g')
/** Lines of the client, such as `C8`; not the `%C3` of a URL. */
export const clientLineIds: RegExp = /(?<![\w%-])C\d+(?![\w%-])/g
const literal = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g

// The checks of the house are no proof of anything but the house; what a bundle weighs is measured nowhere else.
const isProof = (path: string): boolean => !path.startsWith('test/meta/') || path === 'test/meta/bundle-size.test.ts'

/** Every test whose title names a line, in the order of paths. */
export function namingTests(ids: RegExp = requirementIds): NamingTest[] {
  const proofs = [...sourcesUnder('test', 'packages/latchkey/src/testing/contract')]
    .filter(([path]) => isProof(path))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
  return proofs.flatMap(([path, source]) => titlesIn(source, ids).map((named) => ({ path, ...named })))
}

/** The texts of a source that name a line: titles of tests, and rows of tables that become titles. */
export function titlesIn(source: string, pattern: RegExp = requirementIds): Omit<NamingTest, 'path'>[] {
  // Taking a source apart takes a while, and few sources name a line.
  if (source.search(pattern) < 0) return []
  const texts = (scan(source).strings.match(literal) ?? []).map((text) => plain(text))
  return texts.flatMap((title) => {
    const ids = title.match(pattern) ?? []
    return ids.length === 0 ? [] : [{ title, ids }]
  })
}

// Without its quotes, its escapes and what it puts in at run time.
const plain = (text: string): string =>
  text
    .slice(1, -1)
    .replaceAll(/\\(.)/g, '$1')
    .replaceAll(/\$\{\s*\}|%[sdifjo#]|\$\w+(?:\.\w+)*/g, '…')
