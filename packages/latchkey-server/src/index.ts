// The server as a module, for those who want to start it themselves.

export { ConfigError, readConfig, settings } from './config.ts'
export type { Config, Setting } from './config.ts'
export { createLog } from './log.ts'
export { startServer } from './serve.ts'
export type { RunningServer } from './serve.ts'
export type { FirstAdministrator } from './first-start.ts'
