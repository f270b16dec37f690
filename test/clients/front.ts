// An address that is known before the server behind it has started, as a proxy's is: the server's issuer is the URL that
// its clients use, and a test may have no fixed port. It passes bytes on, and knows nothing of what they mean.

import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export class Front {
  readonly url: string
  readonly #server: Server
  readonly #sockets: Set<Socket>
  readonly #target: { port: number }

  private constructor(server: Server, sockets: Set<Socket>, target: { port: number }) {
    this.#server = server
    this.#sockets = sockets
    this.#target = target
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async open(): Promise<Front> {
    const sockets = new Set<Socket>()
    const target = { port: 0 }
    const server = createServer((client) => {
      const behind = connect(target.port, '127.0.0.1')
      for (const [socket, other] of [
        [client, behind],
        [behind, client],
      ] as const) {
        sockets.add(socket)
        socket.on('error', () => other.destroy())
        socket.on('close', () => {
          sockets.delete(socket)
          other.destroy()
        })
        socket.pipe(other)
      }
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Front(server, sockets, target)
  }

  /** From now on, whatever comes goes to the server at this URL. */
  leadTo(url: string): void {
    this.#target.port = Number(new URL(url).port)
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
