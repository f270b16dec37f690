// oidc-client-ts with its option `dpop`: tokens that are bound to a key pair in IndexedDB.
import { IndexedDbDPoPStore } from 'oidc-client-ts'
import { start } from './user-manager.ts'

start({ store: new IndexedDbDPoPStore() })
