// Markdown as the generators write it: tables and fences, and lists of names held against each other.

/** A table; a cell may hold anything but a line end. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

export const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``

export const coded = (text: string): string => `\`${text}\``

/**
 * What the generator says of each of `names`. Throws where a name has no words, and where there are words about a name
 * that does not exist: both are a fault of `where`.
 */
export function wordsFor<Name extends string>(
  where: string,
  names: readonly Name[],
  words: Readonly<Record<Name, string>>,
): (name: Name) => string {
  const lacking = names.filter((name) => !Object.hasOwn(words, name))
  const idle = Object.keys(words).filter((name) => !names.includes(name as Name))
  const faults = [
    ...lacking.map((name) => `${where} says nothing about ${name}`),
    ...idle.map((name) => `${where} speaks of ${name}, which does not exist`),
  ]
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return (name) => words[name]
}
