// The lines that the client is held to (docs/client-lines.md) against the tests that name them. The mistake it prevents: a
// list of promises, each of which sounds kept, and one of which nobody has ever tried.

import { describe, expect, test } from 'vitest'
import { clientLines } from '../../scripts/docs/client-lines.ts'
import { clientLineIds, namingTests, titlesIn } from '../../scripts/docs/requirements/named-by.ts'

const tests = namingTests(clientLineIds)
const named = new Set(tests.flatMap(({ ids }) => ids))
const known = new Set(clientLines.map(({ id }) => id))

describe('the lines of the client', () => {
  test('are counted from 1 to 48, each with what it asks, and with a reason where it is not kept to the letter', () => {
    expect(clientLines.map(({ id }) => id)).toEqual(Array.from({ length: 48 }, (_, index) => `C${index + 1}`))
    expect(clientLines.filter(({ asks, deviates }) => asks === '' || deviates === '')).toEqual([])
  })

  test('have each a test that names it', () => {
    expect(clientLines.filter(({ id }) => !named.has(id)).map(({ id }) => id)).toEqual([])
  })

  test('are all there that a test names', () => {
    const foreign = tests.flatMap(({ path, ids }) => ids.filter((id) => !known.has(id)).map((id) => `${path}: ${id}`))
    expect(foreign).toEqual([])
  })
})

describe('the search for tests that name a line of the client', () => {
  // Put together here, so that no search for the line finds it.
  const [one, other] = [4, 40].map((number) => `C${number}`)

  test('tells one from another, and finds several in one title', () => {
    const ids = (source: string): readonly string[] => titlesIn(source, clientLineIds).flatMap((found) => found.ids)
    expect(ids(`test('goes on (${one}, ${other})', run)`)).toEqual([one, other])
    expect(ids(`test('goes on (I3; ${other})', run)`)).toEqual([other])
  })

  test('reads neither comments nor code, nor what only looks alike', () => {
    const nothing = [`// ${one}`, `const ${one} = 1`, `'AC-${one}'`, `'%${one}%A9'`, `'${one}x'`, `'${one}-like'`]
    expect(titlesIn(nothing.join('\n'), clientLineIds)).toEqual([])
  })
})
