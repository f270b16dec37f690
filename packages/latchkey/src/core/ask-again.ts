// Bounds what strangers can make a node ask its store (I7): an unknown kid in a token costs a look, and anybody can write
// one into a token.

import type { Ports } from './ports.ts'

/** What is known from asking may be this old, in milliseconds. */
export const askAgainMs = 1000

/** Asks at most once a second; resolves when what is known is at most a second old. */
export function atMostEverySecond(ports: Ports, ask: () => Promise<void>): () => Promise<void> {
  let askedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<void> = Promise.resolve()
  return () => {
    const age = ports.now() - askedAt
    // A clock that went back says nothing about age.
    if (age >= askAgainMs || age < 0) {
      askedAt = ports.now()
      asking = ask()
    }
    return asking
  }
}
