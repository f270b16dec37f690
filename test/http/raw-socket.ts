// Speaks HTTP/1.1 over a bare socket, for what fetch refuses to send: a header twice, a broken request line, two
// lengths, garbage. Whatever comes back is split into answers, so that a test can count them.

import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** Every header line, by its name in small letters. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

const boundMs = 4000

/** Sends the bytes and resolves with all answers once the server has closed the connection. */
export function exchange(url: string, bytes: string | Buffer): Promise<RawAnswer[]> {
  return new Promise((resolve, reject) => {
    const socket = open(url)
    const chunks: Buffer[] = []
    socket.setTimeout(boundMs, () => {
      socket.destroy()
      reject(new Error(`the server has neither answered in full nor closed within ${boundMs} ms`))
    })
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    // A server may reset a connection whose request it does not read to its end.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answersIn(Buffer.concat(chunks))))
    socket.write(bytes)
  })
}

export function open(url: string): Socket {
  const { hostname, port } = new URL(url)
  return connect(Number(port), hostname)
}

/** A request that asks the server to close afterwards. Header lines are sent as they stand. */
export function request(route: string, lines: readonly string[] = [], body = ''): string {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  return [`${route} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...length, ...lines, '', body].join('\r\n')
}

/** Sends one request and expects one answer to it. */
export async function only(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const [first, ...more] = await exchange(url, bytes)
  if (first === undefined || more.length > 0)
    throw new Error(`expected one answer, got ${more.length + Number(!!first)}`)
  return first
}

export function answersIn(bytes: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = bytes
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) throw new Error(`half an answer: ${rest.toString('latin1').slice(0, 80)}`)
    const [first = '', ...lines] = rest.toString('latin1', 0, end).split('\r\n')
    const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), valueOf(line)]))
    const chunked = headers.get('transfer-encoding') === 'chunked'
    const start = end + 4
    const stop = chunked ? rest.indexOf('0\r\n\r\n', start) + 5 : start + Number(headers.get('content-length') ?? 0)
    answers.push({ status: Number(first.split(' ')[1]), headers, body: rest.toString('utf8', start, stop) })
    rest = rest.subarray(stop)
  }
  return answers
}

const valueOf = (line: string): string => line.slice(line.indexOf(':') + 1).trim()
