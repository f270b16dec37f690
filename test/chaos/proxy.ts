// A wire between a node and its store that can be cut (both sides see a reset) and stalled (nothing gets through, nobody
// is told, and when it is over everything arrives that was sent meanwhile).

import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { once } from 'node:events'

export class StoreProxy {
  readonly #server: Server
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #stalled = false
  #refusing = false

  private constructor(storePort: number) {
    this.#server = createServer((node) => this.#join(node, storePort))
  }

  static async start(storePort: number): Promise<StoreProxy> {
    const proxy = new StoreProxy(storePort)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Resets every connection; with `refuse`, new ones too, until `mend`. */
  cut(refuse: boolean): void {
    this.#refusing = refuse
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy()
  }

  /** Lets nothing through, until `mend`. */
  stall(): void {
    this.#stalled = true
    for (const pair of this.#pairs) for (const socket of pair) socket.pause()
  }

  mend(): void {
    this.#stalled = false
    this.#refusing = false
    for (const pair of this.#pairs) for (const socket of pair) socket.resume()
  }

  close(): void {
    this.cut(true)
    this.#server.close()
  }

  #join(node: Socket, storePort: number): void {
    if (this.#refusing) return void node.resetAndDestroy()
    const store = connect(storePort, '127.0.0.1')
    const pair = [node, store] as const
    this.#pairs.add(pair)
    for (const [from, to] of [pair, [store, node] as const]) {
      from.on('data', (chunk) => to.write(chunk))
      from.on('error', () => undefined)
      from.on('end', () => to.end())
      from.on('close', () => {
        this.#pairs.delete(pair)
        to.destroy()
      })
      if (this.#stalled) from.pause()
    }
  }
}

/** So many wires to one store. */
export const startProxies = (storePort: number, count: number): Promise<StoreProxy[]> =>
  Promise.all(Array.from({ length: count }, () => StoreProxy.start(storePort)))
