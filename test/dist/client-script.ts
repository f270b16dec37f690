// A script that stays signed in, as somebody would write it for Node. It is copied into an empty folder, type-checked there
// without the types of a browser, and run against the installed server: `node client-script.ts URL NAME PASSWORD`. It
// prints what it saw, and ends by itself.

import { bodyMode, createClient, isClientError, memoryStorage, type LatchkeyClient } from 'latchkey/client'
import { dpop } from 'latchkey/client/dpop'
import { fileStorage } from 'latchkey/client/node'

const [, , baseUrl = '', username = '', password = ''] = process.argv
const storage = memoryStorage()
const client: LatchkeyClient<{ readonly id: string }> = createClient({ baseUrl, transport: bodyMode(storage) })

const refused = await client.signIn({ username, password: 'not the password' }).catch((error: unknown) => error)
const { id } = await client.signIn({ username, password })
const statuses: number[] = []
for (const path of ['/me', new URL('/sessions', baseUrl), new Request(new URL('/me', baseUrl))]) {
  const answer: Response = await client.fetch(path)
  statuses.push(answer.status)
}
// As another run of this script would find it, after the token has expired.
const first = await client.getAccessToken()
const kept = await storage.read()
const later = memoryStorage()
if (kept !== null) await later.write({ ...kept, expiresAt: 0 })
const next = createClient({ baseUrl, transport: bodyMode(later) })
const second = await next.getAccessToken()
const { revoked } = await next.signOut()
statuses.push((await next.fetch('/me')).status)

process.stdout.write(
  JSON.stringify({
    refused: isClientError(refused) && refused.code,
    isSignedIn: id !== '',
    isRenewed: first !== second,
    statuses,
    revoked,
    state: next.state.status,
    kept: await later.read(),
  }),
)

/** Where the session is to outlive the process, and its requests are to be proved. */
export const lasting = (path: string): LatchkeyClient =>
  createClient({ baseUrl, transport: bodyMode(fileStorage(path)), proof: dpop() })
