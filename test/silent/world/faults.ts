// What can go wrong between a client and the server, or be wrong about what stands between them. A fault takes the place
// of one answer; `pass` lets the application have the request all the same.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'

export interface Fault {
  (req: IncomingMessage, res: ServerResponse, pass: () => void): void
  /** How many requests it keeps waiting just now. */
  readonly holding?: () => number
}

/** The connection breaks before the server has done anything. */
export const reset: Fault = (req) => void req.socket.destroy()

/** The server does all it should, and the answer is lost on its way. */
export const loseAnswer: Fault = (req, res, pass) => {
  res.end = () => {
    req.socket.destroy()
    return res
  }
  pass()
}

/** The answer of something that is not our server, or has nothing to say. */
export const answer =
  (status: number, body: string | Buffer = '', headers: OutgoingHttpHeaders = {}): Fault =>
  (req, res) => {
    req.resume()
    res.writeHead(status, headers).end(body)
  }

/** An answer that begins, and never ends. */
export const stall =
  (status: number, headers: OutgoingHttpHeaders = { 'Content-Type': 'application/json' }): Fault =>
  (req, res) => {
    req.resume()
    res.writeHead(status, headers).write('{"accessToken":"')
  }

/** A captive portal, a proxy's error page. */
export const html = (status = 200): Fault =>
  answer(status, '<!doctype html><title>Sign in to the network</title>', { 'Content-Type': 'text/html' })

/** JSON of whoever it may be. */
export const json = (status: number, body: unknown, headers: OutgoingHttpHeaders = {}): Fault =>
  answer(status, JSON.stringify(body), { 'Content-Type': 'application/json', ...headers })

/** A refusal of ours, as the router writes it. */
export const problem = (status: number, reason: string, headers: OutgoingHttpHeaders = {}): Fault =>
  json(
    status,
    { type: `urn:latchkey:problem:${reason}`, title: 'Refused.', status, reason },
    { 'Content-Type': 'application/problem+json; charset=utf-8', ...headers },
  )

/** A request, or its finished answer, that waits until the test lets it go. */
interface Hold extends Fault {
  /** Resolves when the first one waits. */
  readonly arrived: Promise<void>
  /** Lets all go, also those that come later. */
  readonly release: () => void
  /** Breaks the connections of all that wait. */
  readonly drop: () => void
}

/** Keeps requests waiting: before the server has seen them, or (`answer`) after it has done its work. */
export function hold(what: 'request' | 'answer' = 'request'): Hold {
  const waiting = new Map<() => void, IncomingMessage>()
  let isOpen = false
  let arrive: () => void = () => undefined
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const keep = (req: IncomingMessage, goOn: () => void): void => {
    if (isOpen) return goOn()
    waiting.set(goOn, req)
    req.socket.once('close', () => waiting.delete(goOn))
    arrive()
  }
  const fault = (req: IncomingMessage, res: ServerResponse, pass: () => void): void => {
    if (what === 'request') return keep(req, pass)
    const end = res.end.bind(res) as (...rest: unknown[]) => ServerResponse
    res.end = (...rest: unknown[]) => {
      keep(req, () => void end(...rest))
      return res
    }
    pass()
  }
  const letGo = (act: (goOn: () => void, req: IncomingMessage) => void): void => {
    isOpen = true
    for (const [goOn, req] of waiting) {
      waiting.delete(goOn)
      act(goOn, req)
    }
  }
  return Object.assign(fault, {
    arrived,
    holding: () => waiting.size,
    release: () => letGo((goOn) => goOn()),
    drop: () => letGo((_goOn, req) => void req.socket.destroy()),
  })
}
