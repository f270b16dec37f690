// The fuzzer against the running server: made-up requests on every route, header and token, and broken bytes on the socket.
// None is answered with a 5xx, none twice or not at all, no secret comes back, no session moves, the process lives on and
// holds no more memory than before. LATCHKEY_FUZZ_REQUESTS says how many; LATCHKEY_SEED where to begin.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renew, signed, type Signed } from '../../helpers/requests.ts'
import { defectsIn, outboundIn, startTarget, type Target } from '../target.ts'
import { gather, gatherDead, type Loot } from './loot.ts'
import { memoryOf } from './memory.ts'
import { proofsFor } from './proofs.ts'
import { batchSize, fuzz, judge } from './run.ts'
import { firstSeed, foundSeeds } from './seeds.ts'

const count = Number(process.env['LATCHKEY_FUZZ_REQUESTS'] ?? 60_000)
const seed = Number(process.env['LATCHKEY_SEED'] ?? firstSeed)
/** What the server may hold more after the run than after its warm-up, in bytes. */
const heapBound = 16 * 2 ** 20
const warmUp = 5000

let target: Target
let loot: Loot
let dead: Loot
let owner: Signed

beforeAll(async () => {
  target = await startTarget({ LATCHKEY_HASHES_WAITING: '10000' })
  const proofs = proofsFor(target)
  loot = await gather(target, proofs)
  dead = await gatherDead(target, proofs)
  owner = await target.signIn()
})
afterAll(() => {
  if (!target.server.isRunning) process.stderr.write(`the server is gone: ${target.server.stderr.slice(-2000)}\n`)
  return target.server.remove()
})

const secrets = (): string[] => [...loot.all, ...dead.all].filter((each) => each.length > 20)

describe('the fuzzer', () => {
  test.each(foundSeeds)('breaks no rule with seed $seed, which once did: $was', async (found) => {
    await fuzz({ url: target.url, loot, dead, secrets: secrets() }, found.seed, batchSize)
  })

  test(
    `breaks no rule with ${count} requests from seed ${seed} on`,
    async () => {
      const before = target.rows()
      const work = { url: target.url, loot, dead, secrets: secrets() }
      await fuzz(work, seed - warmUp, warmUp)
      const start = await memoryOf(target)
      const { requests, statuses, seconds } = await fuzz(work, seed, count)
      const end = await memoryOf(target)
      const histogram = Object.fromEntries([...statuses].sort(([one], [other]) => one - other))
      process.stderr.write(
        `fuzz: ${JSON.stringify({ seed, requests, seconds: Math.round(seconds), histogram, start, end })}\n`,
      )
      expect(target.server.isRunning).toBe(true)
      expect(target.rows()).toEqual(before)
      expect(end.heapUsed - start.heapUsed).toBeLessThan(heapBound)
      expect(defectsIn(target.server.log)).toEqual([])
      expect(outboundIn(target.server.stderr)).toEqual([])
    },
    Math.max(300_000, count * 4),
  )

  test('leaves no secret in the log, and the owner can go on', async () => {
    for (const secret of secrets()) expect(target.server.log.includes(secret)).toBe(false)
    signed(await renew(target.url, owner.refreshToken))
  })

  test('would notice a 5xx, a secret and a stack', () => {
    const request = Buffer.from('GET / HTTP/1.1')
    expect(() => judge(request, { status: 500, text: '' }, [])).toThrow(/500/)
    expect(() => judge(request, { status: 400, text: 'x-the secret-x' }, ['the secret'])).toThrow(/secret/)
    expect(() => judge(request, { status: 400, text: 'Error\n at run (app.js:12)' }, [])).toThrow(/stack/)
    expect(() => judge(request, { status: 404, text: 'x' }, ['the secret'])).not.toThrow()
  })
})
