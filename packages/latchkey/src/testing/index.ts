// For those who write a store or test an application: the suite that every store must pass, sessions to fill it with,
// and a clock that stands still until it is told to move.

export { storeContract } from './store-contract.ts'
export type { OpenedStore, StoreContractOptions } from './store-contract.ts'
export { sampleSession } from './sample-session.ts'
export { settableClock } from './settable-clock.ts'
export type { SettableClock } from './settable-clock.ts'
