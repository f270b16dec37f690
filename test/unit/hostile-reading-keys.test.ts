// What a hostile reading found in the keeping of keys, and what holds since.

import { type Store, type Watcher } from 'latchkey'
import { keptKeys } from 'latchkey/kept-keys'
import { memoryStore } from 'latchkey/memory'
import { settableClock } from 'latchkey/testing'
import { expect, test } from 'vitest'
import { codeOf, minute, openEngine, pass, plain, settled, start, withVerbs } from '../helpers/engine.ts'

test('nodes that are given the secrets in different orders do not rewrite the keys for ever', async () => {
  const secrets = ['a secret of at least thirty-two characters', 'another secret of more than thirty-two characters']
  const clock = settableClock(start)
  const store = memoryStore()
  const watchers = new Map<Store, Watcher>()
  let writes = 0
  const facade = (): Store => {
    const own: Store = withVerbs(store, {
      watch(watcher) {
        watchers.set(own, watcher)
        return () => void watchers.delete(own)
      },
      async writeKeys(text, replacing) {
        const written = await store.writeKeys(text, replacing)
        if (written) {
          writes += 1
          for (const [other, { changed }] of watchers) if (other !== own && writes < 500) setImmediate(changed)
        }
        return written
      },
    })
    return own
  }
  const one = await openEngine({ store: facade(), keys: keptKeys({ secrets }) }, clock)
  const other = await openEngine({ store: facade(), keys: keptKeys({ secrets: secrets.toReversed() }) }, clock)
  for (let turn = 0; turn < 300; turn += 1) await settled()
  expect(writes).toBeLessThan(10)
  await Promise.all([one.latchkey.close(), other.latchkey.close()])
})

test('a node that is refused for its keys has left none behind in the store', async () => {
  const store = memoryStore()
  await openEngine({ store })
  const secrets = ['a secret of at least thirty-two characters']
  expect(await codeOf(openEngine({ store, keys: keptKeys({ secrets }) }))).toBe('keys_mismatch')
  expect(await store.readKeys()).toBeNull()
})

test('keys that a running node holds survive a newcomer on a store that has lost them', async () => {
  const secrets = ['a secret of at least thirty-two characters']
  const clock = settableClock(start)
  const store = memoryStore()
  let forgotten = false
  const forgetting = withVerbs(store, {
    readKeys: async () => (forgotten ? null : store.readKeys()),
    writeKeys: async (text, replacing) => {
      if (!forgotten || replacing !== 0) return store.writeKeys(text, replacing)
      forgotten = false
      // Version 1 again, as a store has it that knows of nothing.
      const kept = await store.readKeys()
      overwritten = { version: kept?.version ?? 1, text }
      return true
    },
  })
  let overwritten: { version: number; text: string } | null = null
  const shown = withVerbs(forgetting, {
    readKeys: async () => (forgotten ? null : (overwritten ?? store.readKeys())),
    writeKeys: async (text, replacing) => {
      if (forgotten) return forgetting.writeKeys(text, replacing)
      if (overwritten === null) return store.writeKeys(text, replacing)
      if (overwritten.version !== replacing) return false
      overwritten = { version: replacing + 1, text }
      return true
    },
  })
  const { latchkey } = await openEngine({ store: shown, keys: keptKeys({ secrets }) }, clock)
  await latchkey.signIn(plain)
  forgotten = true
  expect(await codeOf(openEngine({ store: shown, keys: keptKeys({ secrets }) }, clock))).toBe('keys_mismatch')
  await pass(clock, 2 * minute)
  expect(await codeOf(openEngine({ store: shown, keys: keptKeys({ secrets }) }, clock))).toBe('ok')
})
