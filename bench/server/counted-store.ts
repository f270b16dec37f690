// A store that passes every call on and says which verb it was.

import type { Store } from 'latchkey'

export function countedStore(store: Store, called: (verb: string) => void): Store {
  return new Proxy<Store>(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...given: unknown[]): unknown => {
        called(String(name))
        return Reflect.apply(value, target, given)
      }
    },
  })
}
