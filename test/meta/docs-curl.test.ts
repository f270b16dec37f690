// The curl examples of docs/http.md are run, all of them, against the ready server, and what the document says comes
// back does come back.

import { expect, test } from 'vitest'
import { blocksIn, textOf } from './markdown.ts'
import { inFolder, runShell, startReadyServer } from './programs.ts'

const scripts = blocksIn(textOf('docs/http.md'))
  .filter(({ info }) => info === 'sh')
  .map(({ text }) => text)

/** A line that is promised, with `…` for anything. */
const patternOf = (promised: string): RegExp =>
  new RegExp(
    `^${promised
      .split('…')
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join('.*')}$`,
  )

test('the curl examples of docs/http.md answer as it says', async () => {
  const [given = '', ...rest] = scripts
  const promised = [...rest.join('\n').matchAll(/^# (.+)$/gm)].map(([, line = '']) => line)
  expect(given).toContain('BASE=http://127.0.0.1:3000')
  expect(promised.length).toBeGreaterThan(8)
  await inFolder(async (folder) => {
    const server = await startReadyServer(folder)
    try {
      const script = [`BASE=${server.url}`, `PASSWORD='${server.password}'`, ...rest].join('\n')
      const { code, stdout, stderr } = await runShell(script, { cwd: folder })
      expect(stderr).toBe('')
      const lines = stdout.split('\n').filter((line) => line.trim() !== '')
      expect(lines).toHaveLength(promised.length)
      for (const [index, line] of lines.entries()) expect(line.trimEnd()).toMatch(patternOf(promised[index] ?? ''))
      expect(code).toBe(0)
    } finally {
      await server.stop()
    }
  })
})
