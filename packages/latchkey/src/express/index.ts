// Latchkey for Express 5.

export { createSessions, routeTable } from './sessions.ts'
export type { Sessions } from './sessions.ts'
export type { Authenticate, SessionsOptions, SignInUser } from './settings.ts'
export type { RequireAuthOptions } from './require-auth.ts'
export { sendRefusal } from './answers.ts'
export { originOf, placeOf } from './origin.ts'
export { statuses } from './statuses.ts'
export type { Reason, Status } from './statuses.ts'
