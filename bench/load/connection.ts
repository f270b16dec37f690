// One keep-alive connection with one request in flight: a raw socket and the least of an HTTP client that can still
// check an answer. It knows only what the servers here send: a status, a Content-Length, and nothing pipelined.

import { connect, type Socket } from 'node:net'
import type { Meter } from './meter.ts'
import type { Work } from './work.ts'

const maxAnswerBytes = 65_536
const lengthName = 'Content-Length: '

export class Connection {
  /** Resolves when the last answer has come; rejects at the first wrong one. */
  readonly finished: Promise<void>
  readonly #work: Work
  readonly #index: number
  readonly #meter: Meter
  readonly #buffer = Buffer.alloc(maxAnswerBytes)
  readonly #socket: Socket
  readonly #opened: Promise<void>
  #finish: (error?: Error) => void = () => undefined
  #rest = ''
  #sentAt = 0

  constructor(port: number, index: number, work: Work, meter: Meter) {
    this.#work = work
    this.#index = index
    this.#meter = meter
    const callback = (bytes: number): boolean => this.#receive(bytes)
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer: this.#buffer, callback } })
    this.#opened = new Promise((resolve) => this.#socket.once('connect', resolve))
    this.finished = new Promise((resolve, reject) => {
      this.#finish = (error) => (error === undefined ? resolve() : reject(error))
    })
    // Whoever waits for `finished` hears of it; until somebody does, it is not unhandled.
    this.finished.catch(() => undefined)
    this.#socket.on('error', (error) => this.#finish(error))
    this.#socket.on('close', () => this.#finish(new Error('the server closed the connection')))
  }

  /** Resolves when the connection stands. */
  async opened(): Promise<void> {
    await Promise.race([this.#opened, this.finished])
  }

  start(): void {
    this.#send(performance.now())
  }

  #send(now: number): void {
    this.#sentAt = now
    this.#socket.write(this.#work.request(this.#index), 'latin1')
  }

  #receive(bytes: number): boolean {
    const text = this.#rest + this.#buffer.toString('latin1', 0, bytes)
    const end = text.indexOf('\r\n\r\n')
    const whole = end === -1 ? Number.POSITIVE_INFINITY : end + 4 + lengthOf(text, end)
    if (text.length < whole) {
      this.#rest = text
      return true
    }
    this.#rest = ''
    const now = performance.now()
    try {
      if (text.length > whole) throw new Error('more came than one answer')
      this.#work.check(this.#index, {
        status: text.slice(9, 12),
        head: text.slice(0, end + 2),
        body: text.slice(end + 4),
      })
    } catch (error) {
      this.#finish(new Error(`a wrong answer: ${(error as Error).message}\n${text.slice(0, 600)}`))
      this.#socket.destroy()
      return false
    }
    this.#meter.bodyBytes = text.length - end - 4
    if (this.#meter.record(this.#sentAt, now)) this.#send(now)
    else {
      this.#finish()
      this.#socket.destroy()
    }
    return true
  }
}

function lengthOf(text: string, end: number): number {
  const at = text.indexOf(lengthName)
  const start = at + lengthName.length
  return at === -1 || at > end ? 0 : Number.parseInt(text.slice(start, start + 8), 10)
}
