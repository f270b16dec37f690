// A node whose clock is off by minutes: it says so instead of refusing honest tokens (I3), and serves again by itself when
// its clock is right. Nobody may set the clock of a machine for a test, so the node's process is given a wrong one.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, renew, signed, signIn } from '../helpers/requests.ts'
import { freshFolder, removeFolder, until, type Env, type TestServer } from '../helpers/server.ts'
import { engines, type Engine } from '../helpers/engines.ts'

// What a process reads from a file, again and again, its clock is wrong by.
function clockFrom(file: string): Env {
  const code = `
    import { readFileSync } from 'node:fs'
    const right = Date.now
    let offMs = 0
    const look = () => { try { return Number(readFileSync(${JSON.stringify(file)}, 'utf8')) } catch { return 0 } }
    setInterval(() => { offMs = look() }, 10).unref()
    Date.now = () => right() + offMs`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` }
}

describe.each(engines)('a node on %s', (_name, missing, startEngine) => {
  const folder = freshFolder()
  const file = join(folder, 'off-by')
  let engine: Engine
  let node: TestServer
  let sound: TestServer
  beforeAll(async () => {
    if (missing !== null) return
    engine = await startEngine()
    node = await engine.node(clockFrom(file))
    sound = await engine.node()
  })
  afterAll(async () => {
    await engine?.remove()
    removeFolder(folder)
  })

  const isReady = async (ready: boolean): Promise<boolean> =>
    (await ask(node.url, 'GET /readyz')).status === (ready ? 200 : 503)

  test.skipIf(missing).each([300_000, -300_000])(
    'whose clock is off by %i ms is not ready, and refuses nobody',
    async (offMs) => {
      const session = await signIn(node.url, node.administrator)
      expect(await isReady(true)).toBe(true)
      writeFileSync(file, String(offMs))
      await until('the node says that it is not ready', () => isReady(false), 10_000)
      // The clock may have jumped in the midst of a look; the next one is whole.
      expect(await isReady(false)).toBe(true)
      expect((await renew(node.url, session.refreshToken)).status).toBe(503)
      const renewed = signed(await renew(sound.url, session.refreshToken))
      rmSync(file)
      await until('the node is ready again', () => isReady(true), 10_000)
      expect((await renew(node.url, renewed.refreshToken)).status).toBe(200)
    },
  )
})
