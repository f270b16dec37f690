// A server of somebody else's: another origin, with or without a right to our tokens. It answers what a test wants, one
// answer after the other, and writes down what reached it, byte for byte.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Arrived {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly sha256: string
  readonly bytes: number
}

export interface Resource {
  readonly origin: string
  /** Every request, once its body was there. */
  readonly arrived: readonly Arrived[]
  /** The next answers; 200 when there are none left. */
  readonly next: (...answers: readonly (readonly [status: number, headers?: OutgoingHttpHeaders])[]) => void
  /** Called with each piece of a body, as it comes. */
  hear: (piece: Buffer) => void
}

/** What `requireAuth` says of a token that is no good any more. */
export const tokenRefused = [401, { 'WWW-Authenticate': 'Bearer realm="app", error="invalid_token"' }] as const

/** Runs a test with such a server. */
export async function withResource(run: (resource: Resource) => Promise<void>): Promise<void> {
  const arrived: Arrived[] = []
  const answers: (readonly [status: number, headers?: OutgoingHttpHeaders])[] = []
  const server = createServer((req, res) => {
    const hash = createHash('sha256')
    let bytes = 0
    req.on('data', (piece: Buffer) => {
      hash.update(piece)
      bytes += piece.length
      resource.hear(piece)
    })
    req.on('end', () => {
      const { method = '', url = '', headers } = req
      arrived.push({ method, url, headers, sha256: hash.digest('hex'), bytes })
      const [status, more] = answers.shift() ?? [200]
      res.writeHead(status, { 'Content-Type': 'text/plain', ...more }).end(status === 204 ? '' : 'what it says')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const resource: Resource = { origin, arrived, next: (...more) => void answers.push(...more), hear: () => undefined }
  try {
    await run(resource)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
