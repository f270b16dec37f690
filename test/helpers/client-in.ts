// The client in a world of a test's own. The project `shipped` puts shipped-client-in.ts in the place of this.

export { createClientIn } from '../../packages/latchkey/src/client/create-client.ts'
