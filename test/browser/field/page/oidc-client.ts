// oidc-client-ts as its documentation says, with tokens that whoever has them can use: the default.
import { start } from './user-manager.ts'

start()
