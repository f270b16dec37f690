// Answers one request, GET /metrics, on a port of its own, so that nothing in front of the public one can let it through
// by mistake.

import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import type { Logger } from 'pino'

/** A scraper needs one connection, people a few. */
const maxConnections = 20
const requestMs = 10_000

export interface MetricsServer {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Starts to answer. Rejects where the port is not to be had. */
export async function startMetrics(
  metrics: Registry,
  { port, host }: { readonly port: number; readonly host: string },
  log: Pick<Logger, 'error'>,
): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: requestMs, headersTimeout: requestMs }, answer(metrics, log))
  server.maxConnections = maxConnections
  server.listen(port, host)
  await once(server, 'listening')
  const { address, family, port: taken } = server.address() as AddressInfo
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}/metrics`, stop }
}

const answer =
  (metrics: Registry, log: Pick<Logger, 'error'>): RequestListener =>
  (req, res) => {
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }
    if (req.url !== '/metrics') return void res.writeHead(404, headers).end('There is only /metrics here.\n')
    if (req.method !== 'GET') return void res.writeHead(405, { ...headers, Allow: 'GET' }).end()
    metrics.metrics().then(
      (text) => res.writeHead(200, { ...headers, 'Content-Type': metrics.contentType }).end(text),
      (err: unknown) => {
        log.error({ err }, 'the metrics could not be gathered')
        res.writeHead(500, headers).end()
      },
    )
  }
