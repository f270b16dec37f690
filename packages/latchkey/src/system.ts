// The real clock, randomness and timers: the only ones in the library.

import { randomFillSync } from 'node:crypto'
import type { Ports } from './core/ports.ts'

const poolBytes = 4096
let pool = Buffer.alloc(0)

// One call into the operating system serves many small requests; no byte is handed out twice.
function random(bytes: number): Buffer {
  if (bytes > pool.length) pool = randomFillSync(Buffer.allocUnsafeSlow(Math.max(poolBytes, bytes)))
  const taken = pool.subarray(0, bytes)
  pool = pool.subarray(bytes)
  return taken
}

function after(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

export const systemPorts: Ports = { now: Date.now, random, after }
