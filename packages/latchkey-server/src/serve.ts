// Runs the server: opens the deployment, listens, sweeps now and then, and on a signal stops without losing anything.

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { createApp } from './app.ts'
import type { Config } from './config.ts'
import { openDeployment, type Deployment, type Observer } from './deployment.ts'
import { firstAdministrator, type FirstAdministrator } from './first-start.ts'
import { logEvents } from './log.ts'

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
  /** Finishes what is under way, closes the store, and resolves. */
  readonly stop: () => Promise<void>
}

/** Starts a server. Rejects with what to mend. */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const deployment = await openDeployment(config, observerOf(log))
  logEvents(deployment.latchkey, log)
  await deployment.passwords.prepare()
  let stopping = false
  const app = createApp(deployment, log, () => stopping)
  const server = app.listen(config.port, config.host)
  server.requestTimeout = requestMs
  server.headersTimeout = headersMs
  const sweeper = new AbortController()
  const stop = async (): Promise<void> => {
    stopping = true
    sweeper.abort()
    await closeServer(server)
    await deployment.close()
  }
  try {
    const url = urlOf(await listening(server))
    // Only now that it can be shown: a start that fails for its port must not swallow the password.
    const administrator = await firstAdministrator(deployment)
    if (config.database.engine !== 'redis') startSweeper(deployment, config.sweepSeconds, log, sweeper.signal)
    void warnOfRedis(config, log)
    return { url, administrator, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const observerOf = (log: Logger): Observer => ({
  onListenerError: (err, event) => log.error({ err, event }, 'a listener failed'),
  onBroken: (err, database) => log.warn({ err, database }, 'a connection to the database broke'),
})

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

function startSweeper({ latchkey }: Deployment, seconds: number, log: Logger, signal: AbortSignal): void {
  if (seconds === 0) return
  const timer = setInterval(() => {
    latchkey.sweep({ signal }).then(
      (removed) => log.debug({ removed }, 'swept'),
      (err: unknown) => log.warn({ err }, 'the sweep failed; it will be tried again'),
    )
  }, seconds * 1000)
  timer.unref()
  signal.addEventListener('abort', () => clearInterval(timer))
}
