// `pg` is an optional peer: who gives a URL without having it is told what to install. The built store is copied to where
// no package can be found, which is how a machine without `pg` looks to it.

import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const dist = fileURLToPath(new URL('../../packages/latchkey/dist', import.meta.url))

test('a URL without the package pg is a misuse that names the package', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-without-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  cpSync(dist, folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const program = `
    import { postgresStore } from './stores/postgres/index.js'
    await postgresStore({ pool: 'postgres://ada:hush-hush@127.0.0.1/a' }).catch(({ code, message }) => console.log(code, message))`
  const options = ['--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: folder })
  expect(stdout.trim()).toBe('option_invalid postgresStore with a URL needs the package pg: npm install pg')
})
