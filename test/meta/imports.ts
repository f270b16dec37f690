// Finds what a module imports, and whether the import is still there when the types are gone. Without it an import that
// spans lines, hides behind `export … from` or comes as `import()` would slip past a rule about who may import whom.

import { posix } from 'node:path'
import { lineAt, scan } from './scan.ts'

export interface Import {
  /** A path from the root of the repository for a relative import, the package's name or subpath otherwise. */
  readonly target: string
  /** Whether nothing of it is left at run time. `import { type A } from` leaves the import behind, so it does not count. */
  readonly typeOnly: boolean
  readonly line: number
}

const keyword = /(?<![.\w$#])(?:import|export|require)\b/g
// `import …`, `import … from '…'`, `import('…')`, `export … from '…'`, `require('…')`
const statement =
  /(?:import|export)\s+(?:(?<type>type)\s+(?=[\w*{]))?(?:[\w$*{](?:(?!\b(?:import|export)\b)[\w$*{},\s])*?\bfrom\s*)?(?<quoted>'[^']*'|"[^"]*")/y
const call = /(?:import|require)\s*\(\s*(?<quoted>'[^']*'|"[^"]*"|[^\s])/y

/** Every import of the module at `path` (from the root of the repository). */
export function importsOf(path: string, source: string): Import[] {
  const { code, text } = scan(source)
  return [...code.matchAll(keyword)].flatMap(({ index }) => {
    const found = matchAt(statement, text, index) ?? matchAt(call, text, index)
    if (found === undefined) return []
    const specifier = found['quoted'] ?? ''
    const isType = found['type'] !== undefined || /\btypeof\s*$/.test(code.slice(0, index))
    return [{ target: targetOf(path, specifier), typeOnly: isType, line: lineAt(source, index) }]
  })
}

function matchAt(pattern: RegExp, text: string, at: number): Record<string, string | undefined> | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.groups
}

function targetOf(path: string, quoted: string): string {
  if (!/^['"]/.test(quoted)) return '(computed)'
  const specifier = quoted.slice(1, -1)
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier
}

/** The circles among modules that import one another's values: each as the paths on the way round. */
export function cyclesIn(modules: ReadonlyMap<string, string>): string[][] {
  const values = new Map(
    [...modules].map(([path, source]) => {
      const kept = importsOf(path, source).filter(({ typeOnly }) => !typeOnly)
      return [path, kept.map(({ target }) => target)] as const
    }),
  )
  const done = new Set<string>()
  const visit = (path: string, way: readonly string[]): string[][] => {
    if (way.includes(path)) return [[...way.slice(way.indexOf(path)), path]]
    if (done.has(path)) return []
    const found = (values.get(path) ?? []).flatMap((target) => visit(target, [...way, path]))
    done.add(path)
    return found
  }
  return [...modules.keys()].flatMap((path) => visit(path, []))
}
