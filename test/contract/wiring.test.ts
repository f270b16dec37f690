// No store without its contract: whatever stands in src/stores has a test here that runs the whole suite, and little else.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const stores = readdirSync(fileURLToPath(new URL('../../packages/latchkey/src/stores', import.meta.url)))
const testOf = (store: string): string =>
  fileURLToPath(new URL(`./${store.replace(/\.ts$/, '')}.test.ts`, import.meta.url))

describe('the contract suite', () => {
  test('knows of the stores that there are', () => {
    expect(stores).toEqual(expect.arrayContaining(['memory.ts', 'sqlite']))
  })

  test.each(stores)('runs over stores/%s', (store) => {
    const path = testOf(store)
    expect(existsSync(path), `${path} is missing`).toBe(true)
    const text = readFileSync(path, 'utf8')
    const name = store.replace(/\.ts$/, '')
    expect(text).toContain(`from 'latchkey/${name}'`)
    expect(text).toMatch(/^ *storeContract\(/m)
    expect(text).not.toMatch(/\b(skip|only|todo)\b/)
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(20)
  })
})
