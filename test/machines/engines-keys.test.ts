// Keys that change under load: three real nodes, clients that go from node to node without pause, and `keys rotate` in the
// middle. No access token and no renewal may be refused or fail, neither before the new keys are used nor after (I3).

import { afterEach, describe, expect, test } from 'vitest'
import { ask, renew, signed, signIn, type Signed } from '../helpers/requests.ts'
import { runCommand, type TestServer } from '../helpers/server.ts'
import { engines, type Engine } from '../helpers/engines.ts'

const leadSeconds = 5
const clients = 6

let engine: Engine | undefined
afterEach(async () => {
  await engine?.remove()
  engine = undefined
})

interface Seen {
  /** Every status of every answer. */
  readonly statuses: Set<number>
  /** The signing keys of the access tokens, by when they were first seen. */
  readonly kids: Set<string>
  answers: number
}

const kidOf = ({ accessToken }: Signed): string =>
  (JSON.parse(Buffer.from(accessToken.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid

// Renews at one node, and shows the new access token and the one before to all of them.
async function goRound(nodes: readonly TestServer[], begun: Signed, seen: Seen, isOver: () => boolean): Promise<void> {
  let held = begun
  for (let turn = 0; !isOver(); turn += 1) {
    const renewed = await renew(nodes[turn % nodes.length]!.url, held.refreshToken)
    seen.statuses.add(renewed.status)
    const before = held.accessToken
    held = signed(renewed)
    seen.kids.add(kidOf(held))
    const shown = [before, held.accessToken].flatMap((bearer) =>
      nodes.map(({ url }) => ask(url, 'GET /me', { bearer })),
    )
    for (const { status } of await Promise.all(shown)) seen.statuses.add(status)
    seen.answers += 1 + shown.length
  }
}

describe.each(engines)('on %s', (_name, missing, startEngine) => {
  test.skipIf(missing)(
    'a rotation of all keys under load fails no verification and no renewal on three nodes (OP-6)',
    async () => {
      const shared = (engine = await startEngine())
      const env = { LATCHKEY_KEY_LEAD_SECONDS: String(leadSeconds) }
      const nodes = await Promise.all([1, 2, 3].map(() => shared.node(env)))
      const administrator = nodes.find((node) => node.madeAdministrator)!.administrator
      const begun = await Promise.all(Array.from({ length: clients }, () => signIn(nodes[0]!.url, administrator)))
      const seen: Seen = { statuses: new Set(), kids: new Set(), answers: 0 }
      let over = false
      const load = Promise.all(begun.map((held) => goRound(nodes, held, seen, () => over)))
      const rotated = await runCommand(nodes[1]!.folder, ['keys', 'rotate', '--signing', '--refresh'], {
        ...shared.env,
        ...env,
      })
      expect([rotated.code, rotated.stderr]).toEqual([0, ''])
      // Until the new key signs, and a while longer.
      await expect.poll(() => seen.kids.size, { timeout: 15_000 }).toBe(2)
      const soFar = seen.answers
      await expect.poll(() => seen.answers, { timeout: 15_000 }).toBeGreaterThan(soFar + 500)
      over = true
      await load
      expect([...seen.statuses]).toEqual([200])
      const late = await signIn(nodes[2]!.url, administrator)
      for (const { url } of nodes) expect((await ask(url, 'GET /me', { bearer: late.accessToken })).status).toBe(200)
    },
    60_000,
  )
})
