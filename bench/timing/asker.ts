// Sends one request at a time over one connection that stays, and says how long the answer took. A raw socket, so that
// the client's own work adds as little noise as it can.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Timed {
  /** From the write of the request to the last byte of the answer. */
  readonly micros: number
  readonly status: number
}

const lengthPattern = /^content-length: (\d+)\r$/im
const patienceMs = 10_000

export class Asker {
  readonly #socket: Socket
  #received = ''
  #heard: (error?: Error) => void = () => undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.setTimeout(patienceMs, () => socket.destroy(new Error('no answer')))
    socket.on('data', (text: string) => {
      this.#received += text
      if (isWhole(this.#received)) this.#heard()
    })
    socket.on('error', (error) => this.#heard(error))
    socket.on('close', () => this.#heard(new Error('the server closed the connection')))
  }

  static async connect(port: number): Promise<Asker> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    return new Asker(socket)
  }

  /** Asks, and waits for the whole answer. Throws where none comes. */
  async ask(request: string): Promise<Timed> {
    this.#received = ''
    const answered = new Promise<number>((resolve, reject) => {
      this.#heard = (error) => (error === undefined ? resolve(performance.now()) : reject(error))
    })
    const begun = performance.now()
    this.#socket.write(request, 'latin1')
    const ended = await answered
    return { micros: (ended - begun) * 1000, status: Number(this.#received.slice(9, 12)) }
  }

  close(): void {
    this.#heard = () => undefined
    this.#socket.destroy()
  }
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return false
  const [, length = '0'] = lengthPattern.exec(text.slice(0, end + 2)) ?? []
  return text.length >= end + 4 + Number(length)
}
