// Loaded before the ready server (`node --import`), it delays every request that asks for it by so many nanoseconds, with
// the processor busy, as extra work would: the proof that the comparison sees what it says it would see.

import { Server } from 'node:http'
import { delayHeader } from './delay-header.ts'

interface Asked {
  readonly headers?: Readonly<Record<string, unknown>>
}

const emit = Reflect.get(Server.prototype, 'emit') as (this: Server, name: string, ...given: unknown[]) => boolean

Reflect.set(Server.prototype, 'emit', function delayed(this: Server, name: string, ...given: unknown[]): boolean {
  if (name === 'request') {
    const [request] = given as [Asked]
    const end = process.hrtime.bigint() + BigInt(Number(request.headers?.[delayHeader] ?? 0))
    while (process.hrtime.bigint() < end);
  }
  return emit.call(this, name, ...given)
})
