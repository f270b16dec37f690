// Runs the server: opens the deployment, listens, keeps it up, and on a signal stops without losing anything.

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { createApp } from './app.ts'
import type { Config } from './config.ts'
import { openDeployment, type Deployment, type Observer } from './deployment.ts'
import { firstAdministrator, type FirstAdministrator } from './first-start.ts'
import { logEvents } from './log.ts'
import { startMetrics, type MetricsServer } from './metrics-server.ts'
import type { Telemetry } from './telemetry.ts'
import { startUpkeep } from './upkeep.ts'

/** Requests under way get this long to finish when the server stops. */
const stopMs = 10_000
/** How often the stop looks for connections that have become idle. */
const idleLookMs = 20
/** A client that sends slower than this is cut off. */
const requestMs = 15_000
const headersMs = 10_000

export interface RunningServer {
  readonly url: string
  /** Made at this start, or null. */
  readonly administrator: FirstAdministrator | null
  /** Where the metrics are; null where nobody asked for them. */
  readonly metricsUrl: string | null
  /** Finishes what is under way, closes the store, and resolves. */
  readonly stop: () => Promise<void>
}

/** Starts a server. Rejects with what to mend, and leaves nothing open then that would keep the process. */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const deployment = await openDeployment(config, observerOf(log), 'server')
  try {
    return await serveOn(deployment, config, log)
  } catch (error) {
    // What cannot be closed either is not worth more than why the start failed.
    await deployment.close().catch(() => undefined)
    throw error
  }
}

async function serveOn(deployment: Deployment, config: Config, log: Logger): Promise<RunningServer> {
  logEvents(deployment.latchkey, log)
  await deployment.passwords.prepare()
  let stopping = false
  const telemetry = config.metricsPort === undefined ? undefined : await openTelemetry(deployment)
  const app = createApp(deployment, config, log, () => stopping, telemetry)
  const server = app.listen(config.port, config.host)
  server.requestTimeout = requestMs
  server.headersTimeout = headersMs
  continueInOrder(server)
  const upkeep = new AbortController()
  let metrics: MetricsServer | undefined
  const stop = async (): Promise<void> => {
    stopping = true
    upkeep.abort()
    await closeServer(server)
    await metrics?.stop()
    await deployment.close()
  }
  try {
    const url = urlOf(await listening(server))
    metrics = await listenForMetrics(telemetry, config, log)
    // Only now that it can be shown: a start that fails for its port must not swallow the password.
    const administrator = await firstAdministrator(deployment)
    startUpkeep(deployment, config, log, upkeep.signal)
    void warnOfRedis(config, log)
    return { url, administrator, metricsUrl: metrics?.url ?? null, stop }
  } catch (error) {
    await stop().catch(() => undefined)
    throw error
  }
}

// Where requests are pipelined, Node writes its `100 Continue` between the head and the body of an answer that waits for its
// turn, and every answer behind it is read wrongly. A response that has its turn already has the socket.
function continueInOrder(server: Server): void {
  server.on('checkContinue', (req, res) => {
    if (res.socket !== null) res.writeContinue()
    server.emit('request', req, res)
  })
}

const observerOf = (log: Logger): Observer => ({
  onListenerError: (err, event) => log.error({ err, event }, 'a listener failed'),
  onBroken: (err, database) => log.warn({ err, database }, 'a connection to the database broke'),
  onAuditTrouble: (err, lost) =>
    log.error({ err, lost }, 'the audit trail could not be written; it will be tried again'),
})

// Loaded where somebody wants metrics only.
async function openTelemetry({ latchkey, audit }: Deployment): Promise<Telemetry> {
  const { createTelemetry } = await import('./telemetry.ts')
  return createTelemetry(latchkey, audit)
}

async function listenForMetrics(
  telemetry: Telemetry | undefined,
  { metricsPort: port, metricsHost: host }: Config,
  log: Logger,
): Promise<MetricsServer | undefined> {
  return telemetry === undefined || port === undefined
    ? undefined
    : startMetrics(telemetry.registry, { port, host }, log)
}

// What Redis may forget is worth a word at every start, and no reason not to start. Not waited for.
async function warnOfRedis(config: Config, log: Logger): Promise<void> {
  const { database } = config
  if (database.engine !== 'redis') return
  const { redisWarnings } = await import('./doctor/redis.ts')
  const warnings = await redisWarnings(config, database).catch(() => [])
  for (const warning of warnings) log.warn({ database: database.shown }, warning)
}

function listening(server: Server): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => resolve(server.address() as AddressInfo))
  })
}

const urlOf = ({ address, port, family }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`

// Idle connections close at once, busy ones as soon as they are idle, and what is still there after a while is cut.
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const whenIdle = setInterval(() => server.closeIdleConnections(), idleLookMs)
    const cut = setTimeout(() => server.closeAllConnections(), stopMs)
    server.close(() => {
      clearInterval(whenIdle)
      clearTimeout(cut)
      resolve()
    })
  })
}
