// Several processes on one session file, and processes that are killed at the worst moment: while they hold the lock,
// and while they write.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileStorage } from 'latchkey/client/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { raceProcesses, sourceUrl } from '../../helpers/race-processes.ts'
import { startProcess } from './processes.ts'
import { sampleKept } from './storage-contract.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-processes-'))
  path = join(folder, 'session.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

const opening = (): string => `const storage = fileStorage(${JSON.stringify(path)})`

describe('fileStorage in several processes', { timeout: 60_000 }, () => {
  it('keeps others out of the lock while its holder lives, and lets them in when he is killed (C45)', async () => {
    const holder = startProcess(`${opening()}
      await storage.lock(async () => {
        console.log('held')
        await new Promise(() => setInterval(() => undefined, 1000))
      }, 5000)`)
    const storage = fileStorage(path)
    try {
      expect(await holder.next()).toBe('held')
      await expect(storage.lock?.(async () => 'robbed', 50)).rejects.toMatchObject({ name: 'TimeoutError' })
      const waiting = storage.lock?.(async () => 'after him', 5000)
      await holder.kill()
      expect(await waiting).toBe('after him')
    } finally {
      await holder.kill()
    }
    expect(readdirSync(folder)).toEqual(['session.json.lock'])
  })

  it('counts right under its lock, whoever counts (C45)', async () => {
    await fileStorage(path).write(sampleKept({ turn: 0 }))
    const code = `import { fileStorage } from '${sourceUrl('client-node/index.ts')}'
      const storage = fileStorage(${JSON.stringify(path)})
      const act = () => storage.lock(async () => {
        const kept = await storage.read()
        await storage.write({ ...kept, turn: kept.turn + 1 })
        return 'counted'
      }, 10_000)`
    const rounds = Array.from({ length: 10 }, () => 'count')
    expect((await raceProcesses(4, code, rounds)).flat()).toEqual(Array.from({ length: 40 }, () => 'counted'))
    expect((await fileStorage(path).read())?.turn).toBe(40)
  })

  it('has a whole file with the last session that it had promised, whenever a process is killed (C35, C45)', async () => {
    let promised = 0
    for (let round = 0; round < 6; round += 1) {
      const writer = startProcess(`${opening()}
        let turn = (await storage.read())?.turn ?? 0
        for (;;) {
          await storage.write({ sessionId: 'one', turn: ++turn, refreshToken: 'x'.repeat(20_000) })
          console.log(turn)
        }`)
      for (let line = 0; line <= round; line += 1) promised = Number(await writer.next())
      await writer.kill()
      const kept = await fileStorage(path).read()
      expect(kept?.turn).toBeGreaterThanOrEqual(promised)
      expect(kept?.refreshToken).toHaveLength(20_000)
    }
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'utf8').trimEnd().endsWith('}')).toBe(true)
  })
})
