// New signing keys, while other people's resource servers go on with the key sets that they have fetched. The mistake it
// prevents: a key in use that is not yet in everybody's hands, or one that is taken away while tokens of it live (OP-6).

import { decodeProtectedHeader } from 'jose'
import { keptKeys } from 'latchkey/kept-keys'
import { settableClock } from 'latchkey/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ask, signed } from '../helpers/requests.ts'
import { credentials } from '../http/in-process.ts'
import { startApplication, type Application } from './application.ts'
import { audience } from './deployment.ts'
import { resourceServers, type ResourceServer } from './resource-servers.ts'

const leadMs = 600_000
const start = Date.now()

let ours: Application
let servers: Readonly<Record<string, ResourceServer>>
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: start })
  ours = await startApplication({
    latchkey: { keys: keptKeys({ secrets: ['a secret that nobody could ever guess'] }), accessSeconds: 1200 },
    clock: settableClock(start),
  })
  const trusted = { issuer: ours.url, audience, alg: 'ES256' } as const
  const opened = Object.entries(resourceServers).map(async ([name, open]) => [name, await open(trusted)] as const)
  servers = Object.fromEntries(await Promise.all(opened))
})
afterEach(async () => {
  vi.useRealTimers()
  await Promise.all([ours.close(), ...Object.values(servers).map((server) => server.close())])
})

// The resource servers' clock and ours are one.
function pass(ms: number): void {
  ours.app.advance(ms)
  vi.setSystemTime(Date.now() + ms)
}

const accessToken = async (): Promise<string> =>
  signed(await ask(ours.url, 'POST /login', { body: credentials })).accessToken

async function acceptedBy(token: string): Promise<string[]> {
  const names = Object.keys(servers)
  const users = await Promise.all(names.map((name) => servers[name]!.verify(token)))
  return names.filter((_, index) => users[index] === 'id-of-ada')
}

const published = async (): Promise<unknown[]> => {
  const { keys } = (await ask(ours.url, 'GET /.well-known/jwks.json')).body as {
    readonly keys: { readonly kid: string }[]
  }
  return keys.map(({ kid }) => kid)
}

describe('a new signing key', () => {
  it('is published before it is used, and no resource server refuses a good token on the way (MD-5, OP-6)', async () => {
    const everybody = Object.keys(resourceServers)
    const old = await accessToken()
    expect(await acceptedBy(old)).toEqual(everybody)
    const before = decodeProtectedHeader(old).kid
    await ours.app.latchkey.rotateKeys({ signing: true, refresh: false })
    expect(await published()).toHaveLength(2)
    pass(leadMs - 1000)
    const last = await accessToken()
    expect(decodeProtectedHeader(last).kid).toBe(before)
    expect(await acceptedBy(last)).toEqual(everybody)
    pass(2000)
    const fresh = await accessToken()
    const after = decodeProtectedHeader(fresh).kid
    expect(after).not.toBe(before)
    expect(await published()).toEqual(expect.arrayContaining([before, after]))
    for (const token of [fresh, last, old]) expect(await acceptedBy(token)).toEqual(everybody)
  })

  it('is learnt of even where the key set was fetched a moment before it was made (OP-6)', async () => {
    await acceptedBy(await accessToken())
    await ours.app.latchkey.rotateKeys({ signing: true, refresh: false })
    pass(leadMs + 1000)
    expect(await acceptedBy(await accessToken())).toEqual(Object.keys(resourceServers))
  })
})
