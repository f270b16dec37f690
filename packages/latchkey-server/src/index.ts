// The server as a module, for those who want to start it themselves.

export { ConfigError, readConfig } from './config.ts'
export type { Config } from './config.ts'
export { settings } from './settings.ts'
export type { Setting } from './settings.ts'
export { createLog } from './log.ts'
export { startServer } from './serve.ts'
export type { RunningServer } from './serve.ts'
export type { FirstAdministrator } from './first-start.ts'
