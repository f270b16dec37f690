// Finds the tests that name a line, such as `(RT-4)` in a title, by reading the sources of the tests: a list kept by
// hand would go on claiming a test that is gone.

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
const id = new RegExp(`\\b(?:${kinds})-\\d+\\b`, 'g')
const literal = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g

/** Every test whose title names a line, in the order of paths. The checks of the house (test/meta) are no proof. */
export function namingTests(): NamingTest[] {
  const proofs = [...sourcesUnder('test', 'packages/latchkey/src/testing/contract')]
    .filter(([path]) => !path.startsWith('test/meta/'))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
  return proofs.flatMap(([path, source]) => titlesIn(source).map((named) => ({ path, ...named })))
}

/** The texts of a source that name a line: titles of tests, and rows of tables that become titles. */
export function titlesIn(source: string): Omit<NamingTest, 'path'>[] {
  // Taking a source apart takes a while, and few sources name a line.
  if (source.search(id) < 0) return []
  const texts = (scan(source).strings.match(literal) ?? []).map((text) => plain(text))
  return texts.flatMap((title) => {
    const ids = title.match(id) ?? []
    return ids.length === 0 ? [] : [{ title, ids }]
  })
}

// Without its quotes, its escapes and what it puts in at run time.
const plain = (text: string): string =>
  text
    .slice(1, -1)
    .replaceAll(/\\(.)/g, '$1')
    .replaceAll(/\$\{\s*\}|%[sdifjo#]|\$\w+(?:\.\w+)*/g, '…')
