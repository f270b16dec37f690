// Loaded into the process of the server under attack, before the server: it says when that opens a connection or looks up
// a name, and answers SIGUSR2 with the memory that is held after a collection of garbage. It stands apart because it runs
// in the other process, and no line of the product knows of it.

import dns from 'node:dns'
import net from 'node:net'
import { isMainThread } from 'node:worker_threads'

const note = (what: string): boolean => process.stderr.write(`inside: ${what}\n`)

/** Says so whenever this is called, and calls it. */
const watched = <Act extends (...args: never[]) => unknown>(
  what: string,
  act: Act,
  counts: (args: unknown[]) => boolean,
): Act =>
  new Proxy(act, {
    apply: (called, self, args: unknown[]): unknown => {
      if (counts(args)) note(what)
      return Reflect.apply(called, self, args)
    },
  })

// Whatever goes out goes through here, TLS and HTTP too.
const sockets = net.Socket.prototype
Object.assign(sockets, { connect: watched('outbound', Reflect.get(sockets, 'connect'), () => true) })
// Its own address, to listen on, is none that is looked up.
dns.lookup = watched('lookup', dns.lookup, ([name]) => !net.isIP(String(name)))

function tellMemory(): void {
  globalThis.gc?.()
  setImmediate(() => {
    globalThis.gc?.()
    const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
    note(`memory ${JSON.stringify({ heapUsed, external, arrayBuffers, rss })}`)
  })
}

if (isMainThread) {
  process.on('exit', (code) => note(`exit ${code}`))
  process.on('SIGUSR2', tellMemory)
  note(`pid ${process.pid}`)
}
