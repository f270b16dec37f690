// latchkey-server serve

import type { Command } from 'commander'
import { readConfig, type Config } from '../config.ts'
import { greeting } from '../first-start.ts'
import { createLog } from '../log.ts'
import { startServer, type RunningServer } from '../serve.ts'
import { exitCodes, Failure, print, type OutputOptions } from './output.ts'

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the server until it is told to stop (SIGINT or SIGTERM)')
    .option('--json', 'print where it listens as JSON, not as a greeting')
    .action(serve)
}

async function serve(options: OutputOptions): Promise<void> {
  const config = readConfig(process.env)
  const log = createLog(config.logLevel)
  const server = await startServer(config, log).catch((error: unknown) => {
    throw startFailure(error, config)
  })
  const { url, administrator, metricsUrl } = server
  const metrics = metricsUrl === null ? {} : { metricsUrl }
  print(options, { url, administrator, ...metrics }, greeting(url, administrator, placeOf(config)))
  await stopSignal()
  log.info('stopping: requests under way are finished first')
  await stopNow(server)
  log.info('stopped')
}

const placeOf = ({ database, dataDir }: Config): string => (database.engine === 'sqlite' ? dataDir : database.shown)

// A second signal does not wait.
async function stopNow(server: RunningServer): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(exitCodes.failed.code))
  await server.stop()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(signal)
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

function startFailure(error: unknown, config: Config): unknown {
  const { code, port = config.port } = error as NodeJS.ErrnoException & { readonly port?: number }
  const name = port === config.port ? 'PORT' : 'LATCHKEY_METRICS_PORT'
  if (code === 'EADDRINUSE')
    return new Failure(exitCodes.failed, `port ${port} is taken: set ${name} to another, or stop what uses it`)
  if (code === 'EACCES')
    return new Failure(exitCodes.failed, `port ${port} may not be used by this user: set ${name} above 1023`)
  return error
}
