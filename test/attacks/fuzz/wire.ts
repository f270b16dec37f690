// A connection that is kept alive and holds several requests in flight, as a browser or a proxy does. Answers come in the
// order of the requests, so that each is judged together with what was asked, and a missing or a second one is noticed.

import { connect, type Socket } from 'node:net'

export interface Heard {
  readonly status: number
  /** The head and the body as they came, read as Latin-1. */
  readonly text: string
}

export interface Asked {
  readonly bytes: Buffer
  /** The answer has no body, whatever length it names (RFC 9110 s9.3.2). */
  readonly isHead: boolean
}

/** Where requests come from and answers go to. Undefined: there are no more. */
export interface Feed<Request extends Asked> {
  readonly next: () => Request | undefined
  /** Takes back what was sent on a connection that ended before it was answered. */
  readonly again: (request: Request) => void
  readonly heard: (request: Request, answer: Heard) => void
  /** The connection ended without an answer to this. */
  readonly unanswered: (request: Request) => void
}

const silenceMs = 20_000

/** The first answer in these bytes and where it ends; undefined where it is not there yet. */
function firstAnswer(bytes: Buffer, isHead: boolean): { answer: Heard; end: number; closes: boolean } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const head = bytes.toString('latin1', 0, headEnd)
  const status = Number(head.slice(9, 12))
  if (!/^HTTP\/1\.[01] \d{3}/.test(head)) throw new Error(`no answer: ${head.slice(0, 60)}`)
  const start = headEnd + 4
  // 100 and its like only announce the answer.
  if (status < 200) {
    const after = firstAnswer(bytes.subarray(start), isHead)
    return after === undefined ? undefined : { ...after, end: start + after.end }
  }
  const end = isHead || status === 204 || status === 304 ? start : bodyEnd(bytes, start, head)
  if (end === undefined || end > bytes.length) return undefined
  const answer = { status, text: bytes.toString('latin1', 0, end) }
  return { answer, end, closes: /\r\nconnection: close/i.test(head) }
}

function bodyEnd(bytes: Buffer, start: number, head: string): number | undefined {
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length !== undefined) return start + Number(length)
  if (!/\r\ntransfer-encoding: chunked/i.test(head)) return start
  const last = bytes.indexOf('0\r\n\r\n', start)
  return last < 0 ? undefined : last + 5
}

/** Sends what the feed gives, at most `depth` at a time, on one connection after the other, until the feed is empty. */
export async function pump<Request extends Asked>(url: string, depth: number, feed: Feed<Request>): Promise<void> {
  const { hostname, port } = new URL(url)
  for (let first = feed.next(); first !== undefined; first = feed.next()) {
    const flying = [first]
    const socket = connect(Number(port), hostname).setNoDelay(true)
    await new Promise<void>((resolve, reject) => drive(socket, flying, depth, feed, resolve, reject))
  }
}

function drive<Request extends Asked>(
  socket: Socket,
  flying: Request[],
  depth: number,
  feed: Feed<Request>,
  resolve: () => void,
  reject: (error: unknown) => void,
): void {
  let rest: Buffer = Buffer.alloc(0)
  let closing = false
  const fill = (): void => {
    const more: Buffer[] = []
    for (let request = closing ? undefined : feed.next(); request !== undefined; request = feed.next()) {
      flying.push(request)
      more.push(request.bytes)
      if (flying.length >= depth) break
    }
    if (more.length > 0) socket.write(Buffer.concat(more))
    else if (flying.length === 0) socket.end()
  }
  const read = (chunk: Buffer): void => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (let first = flying[0]; first !== undefined && !closing; first = flying[0]) {
      const found = firstAnswer(rest, first.isHead)
      if (found === undefined) break
      flying.shift()
      rest = rest.subarray(found.end)
      closing = found.closes
      feed.heard(first, found.answer)
    }
    if (closing) socket.end()
    else if (flying.length <= depth / 2) fill()
  }
  const close = (): void => {
    // After an answer that closes, what was sent behind it was never read.
    const [unanswered, ...others] = closing ? [undefined, ...flying] : flying
    if (unanswered !== undefined) feed.unanswered(unanswered)
    for (const request of others) if (request !== undefined) feed.again(request)
    const extra = closing ? rest.length : rest.length > 0 && unanswered === undefined
    if (extra) reject(new Error(`more answers than requests: ${rest.toString('latin1').slice(0, 200)}`))
    else resolve()
  }
  const guarded = (act: () => void): void => {
    try {
      act()
    } catch (error) {
      socket.destroy()
      reject(error)
    }
  }
  socket.setTimeout(silenceMs, () => socket.destroy(new Error('silence')))
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => guarded(() => read(chunk)))
  socket.on('close', () => guarded(close))
  socket.write(Buffer.concat(flying.map(({ bytes }) => bytes)))
  guarded(fill)
}

/** Sends bytes in pieces on a connection of their own, and resolves with every answer, once the connection is over. */
export function sendBytes(url: string, pieces: readonly Buffer[]): Promise<Heard[]> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true }).setNoDelay(true)
    const chunks: Buffer[] = []
    socket.setTimeout(silenceMs, () => {
      socket.destroy()
      reject(new Error('neither an answer nor an end'))
    })
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', () => socket.end())
    socket.on('close', () => resolve(answersIn(Buffer.concat(chunks).toString('latin1'))))
    const write = (index: number): void => {
      const piece = pieces[index]
      if (piece === undefined || socket.destroyed) socket.end()
      else socket.write(piece, () => setImmediate(write, index + 1))
    }
    write(0)
  })
}

// Of broken requests nobody knows which was a HEAD, so that lengths tell nothing: an answer ends where the next begins.
const answersIn = (text: string): Heard[] =>
  text
    .split(/(?=HTTP\/1\.[01] \d{3} )/)
    .filter((answer) => answer !== '')
    .map((answer) => ({ status: Number(answer.slice(9, 12)), text: answer }))
