// What is particular to a file: who can read it, what happens to a file that is not ours, and what is left behind.

import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import { fileStorage, FileStorageError } from 'latchkey/client/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dropOldDrafts } from '../../../packages/latchkey/src/client-node/durable-file.ts'
import { run } from '../../meta/programs.ts'
import { sourceUrl } from '../../helpers/race-processes.ts'
import { sampleKept } from './storage-contract.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-file-'))
  path = join(folder, 'session.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

const modeOf = (file: string): number => statSync(file).mode & 0o777

async function refusal(act: () => unknown): Promise<FileStorageError> {
  try {
    await act()
  } catch (error) {
    expect(error).toBeInstanceOf(FileStorageError)
    return error as FileStorageError
  }
  throw new Error('was not refused')
}

describe('fileStorage', () => {
  it('makes a file that only its owner can read, with its folders, and leaves no draft behind (C45)', async () => {
    const deep = join(folder, 'a', 'b', 'session.json')
    const storage = fileStorage(deep)
    expect(readdirSync(folder)).toEqual([])
    await storage.write(sampleKept())
    expect([modeOf(join(folder, 'a')), modeOf(join(folder, 'a', 'b')), modeOf(deep)]).toEqual([0o700, 0o700, 0o600])
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['session.json'])
  })

  it('makes its lock for its owner alone, with nothing in it', async () => {
    await fileStorage(path).lock?.(async () => expect(readdirSync(folder)).toEqual(['session.json.lock']), 1000)
    expect(modeOf(`${path}.lock`)).toBe(0o600)
    expect(statSync(`${path}.lock`).size).toBe(0)
  })

  it.each(['640', '604', '660', '610'])(
    'refuses a file of mode %s, says how to mend it, and goes on then',
    async (mode) => {
      const storage = fileStorage(path)
      await storage.write(sampleKept())
      chmodSync(path, Number.parseInt(mode, 8))
      for (const act of [() => fileStorage(path), () => storage.read(), () => storage.write(sampleKept({ turn: 2 }))]) {
        const error = await refusal(act)
        expect([error.code, error.message]).toEqual([
          'file_open_to_others',
          expect.stringContaining(`chmod 600 ${path}`),
        ])
      }
      chmodSync(path, 0o600)
      expect(await storage.read()).toEqual(sampleKept())
    },
  )

  const whole = JSON.stringify({ latchkey: 'session/v1', session: sampleKept() })
  const foreign: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['half a session', whole.slice(0, -40)],
    ['a session and more', `${whole}}`],
    ['JSON of somebody else', '{ "name": "package" }'],
    ['null', 'null'],
    ['another format', whole.replace('session/v1', 'session/v2')],
    ['a session without an id', whole.replace('sessionId', 'id')],
    ['a session with a turn that is no number', whole.replace('"turn":1', '"turn":"1"')],
    ['a session with a key that is an object', whole.replace('"a-key-as-text"', '{}')],
    ['a file of another size altogether', whole.padEnd(70_000)],
  ]
  it.each(foreign)('refuses a file that holds %s, and loses nothing of it', async (_, text) => {
    const before = fileStorage(path)
    writeFileSync(path, text, { mode: 0o600 })
    const acts = [
      () => fileStorage(path),
      () => before.read(),
      () => before.write(sampleKept()),
      () => before.remove('session-one'),
    ]
    for (const act of acts) expect((await refusal(act)).code).toBe('file_foreign')
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(readdirSync(folder)).toEqual(['session.json'])
  })

  it('refuses a folder in the place of its file', async () => {
    mkdirSync(path)
    expect((await refusal(() => fileStorage(path))).code).toBe('file_foreign')
  })

  it('refuses what a file cannot hold, and keeps what it had', async () => {
    const storage = fileStorage(path)
    await storage.write(sampleKept())
    const key = await crypto.subtle.importKey('raw', Buffer.alloc(32), 'AES-GCM', false, ['encrypt'])
    for (const unfit of [
      sampleKept({ key }),
      sampleKept({ seal: key }),
      sampleKept({ accessToken: 'x'.repeat(65_536) }),
    ]) {
      expect((await refusal(() => storage.write(unfit))).code).toBe('session_unfit')
    }
    expect(await storage.read()).toEqual(sampleKept())
    await storage.write(sampleKept({ turn: 2 }))
    expect((await storage.read())?.turn).toBe(2)
  })

  it('says what the system says where it cannot write or lock', async () => {
    const below = join(folder, 'plain-file', 'session.json')
    const storage = fileStorage(below)
    writeFileSync(join(folder, 'plain-file'), 'text')
    const writing = await refusal(() => storage.write(sampleKept()))
    expect(writing.code).toBe('file_unusable')
    expect(writing.message).toMatch(/: (ENOTDIR|EEXIST)$/)
    expect((await refusal(() => storage.lock?.(async () => undefined, 50))).code).toBe('file_unusable')
    writeFileSync(
      `${path}.lock`,
      'this is somebody’s letter, and no lock, and far too long for a header of SQLite'.repeat(9),
    )
    expect((await refusal(() => fileStorage(path).lock?.(async () => undefined, 50))).code).toBe('lock_unusable')
  })

  it('quotes nothing of what it keeps in any error (C46)', async () => {
    const secret = 'a-secret-that-nobody-may-see'
    const storage = fileStorage(path)
    const text = `{ "latchkey": "session/v1", "session": ${secret} }`
    writeFileSync(path, text, { mode: 0o600 })
    const errors = [
      await refusal(() => storage.read()),
      await refusal(() => storage.write(sampleKept({ key: secret }))),
    ]
    chmodSync(path, 0o644)
    errors.push(await refusal(() => storage.read()))
    rmSync(path)
    errors.push(await refusal(() => storage.write(sampleKept({ key: secret, accessToken: secret.repeat(9999) }))))
    expect(errors.map((error) => inspect(error)).join('\n')).not.toContain(secret.slice(2, 14))
  })

  it('stays with its file when the working folder changes, and follows a link to it', async () => {
    await fileStorage(path).write(sampleKept())
    symlinkSync(path, join(folder, 'link.json'))
    await fileStorage(join(folder, 'link.json')).write(sampleKept({ turn: 2 }))
    expect((await fileStorage(path).read())?.turn).toBe(2)
    const { stdout } = await run(
      [
        '--input-type=module',
        '-e',
        `import { fileStorage } from '${sourceUrl('client-node/index.ts')}'
        const storage = fileStorage('session.json')
        process.chdir('/')
        console.log((await storage.read()).turn)`,
      ],
      { cwd: folder },
    )
    expect(stdout).toBe('2\n')
  })

  it('takes away the drafts of processes that were killed, and no others', async () => {
    const id = '01234567-89ab-cdef-0123-456789abcdef'
    const others = [`other.json.${id}.draft`, 'session.json.bak']
    for (const name of [...others, `session.json.${id}.draft`]) writeFileSync(join(folder, name), 'secret')
    await fileStorage(path).write(sampleKept())
    expect(readdirSync(folder)).toHaveLength(4)
    dropOldDrafts(path, statSync(path).ctimeMs + 61_000)
    expect(readdirSync(folder).sort()).toEqual([`other.json.${id}.draft`, 'session.json', 'session.json.bak'])
  })
})

describe('the lock of fileStorage', () => {
  it('does not hold up the other work of a process that waits for it', async () => {
    const [one, other] = [fileStorage(path), fileStorage(path)]
    let waiting: Promise<string> | undefined
    // Held until this process has turned to its timers many times, which it must find the time for.
    await one.lock?.(async () => {
      waiting = other.lock?.(async () => 'after it', 20_000)
      for (let turn = 0; turn < 20; turn += 1) await pause(1)
    }, 1000)
    expect(await waiting).toBe('after it')
  })

  it('is none where Node has no SQLite, and the work is done all the same (C18)', async () => {
    const code = `import { fileStorage } from '${sourceUrl('client-node/index.ts')}'
      const storage = fileStorage('session.json')
      console.log(await storage.lock(() => storage.lock(async () => 'both', 50), 50))`
    const args = ['--no-warnings', '--input-type=module', '-e', code]
    const none = await run(['--no-experimental-sqlite', ...args], { cwd: folder })
    expect([none.stdout, none.stderr]).toEqual(['both\n', ''])
    const some = await run(args, { cwd: folder })
    expect(some.stderr).toContain('TimeoutError')
  })
})
