// Loaded into the process of the server under attack, before the server: it says when that opens a connection or looks up
// a name, and answers SIGUSR2 with the memory that is held after a collection of garbage. It stands apart because it runs
// in the other process, and no line of the product knows of it.

import dns from 'node:dns'
import net from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

const note = (what: string): boolean => process.stderr.write(`inside: ${what}\n`)

const connect = net.Socket.prototype.connect
// Whatever goes out goes through here, TLS and HTTP too.
net.Socket.prototype.connect = function (this: net.Socket, ...args: never[]): net.Socket {
  note('outbound')
  return Reflect.apply(connect, this, args) as net.Socket
} as typeof connect

const lookup = dns.lookup
dns.lookup = ((name: string, ...args: unknown[]) => {
  // Its own address, to listen on.
  if (!net.isIP(name)) note('lookup')
  return Reflect.apply(lookup, dns, [name, ...args])
}) as typeof lookup

function tellMemory(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  setImmediate(() => {
    collect()
    const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
    note(`memory ${JSON.stringify({ heapUsed, external, arrayBuffers, rss })}`)
  })
}

if (isMainThread) {
  process.on('SIGUSR2', tellMemory)
  note(`pid ${process.pid}`)
}
