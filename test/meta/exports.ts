// Lists what a module exports, types and values, following `export … from`. Node can only tell the values, and half of
// what people build upon are types: one that is gone breaks their build just as a missing function does.

import { posix } from 'node:path'
import { scan } from './scan.ts'
import { read } from './sources.ts'

const declaration =
  /^export\s+(?:declare\s+)?(?:async\s+)?(?<kind>const|let|function\*?|class|interface|type)\s+(?<name>[A-Za-z_$][\w$]*)/gm
const list = /^export\s+(?<type>type\s+)?\{(?<names>[^}]*)\}/gm
const everything = /^export\s+(?:type\s+)?\*\s+from\s+'(?<from>[^']+)'/gm

/** The exported names of the module at `path` (from the root), sorted; types are written as `type Name`. */
export function exportedNames(path: string): string[] {
  const source = read(path)
  if (source === undefined) throw new Error(`${path} is not there`)
  const { text } = scan(source)
  const inherited = [...text.matchAll(everything)].flatMap(({ groups }) =>
    exportedNames(posix.join(posix.dirname(path), groups?.['from'] ?? '')),
  )
  return [...new Set([...declared(text), ...listed(text), ...inherited])].sort()
}

function declared(text: string): string[] {
  return [...text.matchAll(declaration)].map(({ groups }) => {
    const isType = groups?.['kind'] === 'type' || groups?.['kind'] === 'interface'
    return `${isType ? 'type ' : ''}${groups?.['name']}`
  })
}

function listed(text: string): string[] {
  return [...text.matchAll(list)].flatMap(({ groups }) => {
    const members = (groups?.['names'] ?? '').split(',').map((member) => member.trim())
    return members.filter(Boolean).map((member) => {
      const isType = groups?.['type'] !== undefined || member.startsWith('type ')
      const name = member.replace(/^type\s+/, '').replace(/^.*\sas\s+/, '')
      return `${isType ? 'type ' : ''}${name}`
    })
  })
}
