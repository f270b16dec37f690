// The places in a document that are made and not written: `<!-- generated:NAME -->` to `<!-- /generated -->`.

const opening = /^<!-- generated:([\w-]+) -->$/
const closing = '<!-- /generated -->'

/** A document with every place filled by `sectionOf`. Throws where a place has no end, or stands inside another. */
export function fill(path: string, text: string, sectionOf: (name: string) => string): string {
  const lines: string[] = []
  let open: string | undefined
  for (const line of text.split('\n')) {
    const [, name] = opening.exec(line) ?? []
    if (name !== undefined) {
      if (open !== undefined) throw new Error(`${path}: "generated:${open}" is not closed before "generated:${name}"`)
      open = name
      lines.push(line, sectionOf(name))
    } else if (line === closing) {
      if (open === undefined) throw new Error(`${path}: ${closing} closes nothing`)
      open = undefined
      lines.push(line)
    } else if (open === undefined) lines.push(line)
  }
  if (open !== undefined) throw new Error(`${path}: "generated:${open}" is not closed`)
  return lines.join('\n')
}

/** What differs, line by line: what the document lacks, and what it says without anything behind it. */
export function differences(path: string, is: string, shouldBe: string): string[] {
  const isLines = is.split('\n')
  const shouldLines = shouldBe.split('\n')
  const lacking = without(shouldLines, isLines).map((line) => `${path} lacks the line: ${line}`)
  const idle = without(isLines, shouldLines).map((line) => `${path} has a line that nothing stands behind: ${line}`)
  if (lacking.length + idle.length > 0) return [...lacking, ...idle]
  return is === shouldBe ? [] : [`${path} has the right lines in another order, or not as often`]
}

const without = (lines: readonly string[], others: readonly string[]): string[] => {
  const known = new Set(others)
  return lines.filter((line) => line !== '' && !known.has(line))
}
