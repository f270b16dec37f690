// Finds the functions of a module and how many lines each takes. A file may be short and still hold one function that
// nobody can read; counting lines of files alone would let it through.

import { lineAt, scan } from './scan.ts'

export interface Found {
  /** The line on which its parameters begin. */
  readonly line: number
  readonly lines: number
  /** The text of the line on which it begins, for the reader of a failure. */
  readonly head: string
}

const pairs: Readonly<Record<string, string>> = { ')': '(', '}': '{', ']': '[' }
const notAFunction = /\b(?:if|for|while|switch|catch|with|await)\s*$/

/** Every function, method and arrow function with a body in braces or parentheses. */
export function functionsIn(source: string): Found[] {
  const { code } = scan(source)
  const { closeOf, openOf } = bracketsOf(code)
  return [...closeOf].flatMap(([open, close]) => {
    const parameters = parametersBefore(code, open, openOf)
    if (parameters === undefined) return []
    const line = lineAt(code, parameters)
    const head = source.split('\n')[line - 1]?.trim() ?? ''
    return [{ line, lines: lineAt(code, close) - line + 1, head }]
  })
}

interface Brackets {
  /** Where each bracket that opens is closed. */
  readonly closeOf: ReadonlyMap<number, number>
  readonly openOf: ReadonlyMap<number, number>
}

function bracketsOf(code: string): Brackets {
  const open: number[] = []
  const closeOf = new Map<number, number>()
  const openOf = new Map<number, number>()
  for (const { 0: bracket, index } of code.matchAll(/[()[\]{}]/g)) {
    if (pairs[bracket] === undefined) open.push(index)
    else {
      const start = open.pop()
      if (start === undefined || code.charAt(start) !== pairs[bracket])
        throw new Error(`line ${lineAt(code, index)}: a ${bracket} closes nothing`)
      closeOf.set(start, index)
      openOf.set(index, start)
    }
  }
  return { closeOf, openOf }
}

// Where the parameters of the function whose body opens here begin; undefined where no body opens here.
function parametersBefore(code: string, open: number, openOf: ReadonlyMap<number, number>): number | undefined {
  const opens = code.charAt(open)
  const before = code.slice(0, open).trimEnd()
  if (opens !== '[' && before.endsWith('=>')) {
    const arrow = before.slice(0, -2).trimEnd()
    // `x => …` has no parentheses; it begins where its one parameter stands.
    return startOf(arrow, openOf) ?? arrow.length - 1
  }
  return opens === '{' ? startOf(before, openOf) : undefined
}

// The parenthesis that opens the parameters, where this ends with `(…)` or `(…): Result`.
function startOf(before: string, openOf: ReadonlyMap<number, number>): number | undefined {
  const close = closeBeforeResult(before) ?? closeBeforeTypeLiteral(before, openOf)
  const start = close === undefined ? undefined : openOf.get(close)
  if (start === undefined || notAFunction.test(before.slice(0, start))) return undefined
  return start
}

// The last parenthesis that nothing but a result's type follows: with an earlier one, what stands between two functions
// would pass for the type of one.
function closeBeforeResult(before: string): number | undefined {
  for (let at = before.lastIndexOf(')'); at >= 0; at = at === 0 ? -1 : before.lastIndexOf(')', at - 1)) {
    if (/^\)(?:\s*:\s*(?:[\w$.|&<>[\],\s'"()]|=>)+)?$/.test(before.slice(at))) return at
    // No result's type is as long as this.
    if (before.length - at > 400) return undefined
  }
  return undefined
}

// `(…): { a: string } {`: the brace before is the result's type.
function closeBeforeTypeLiteral(before: string, openOf: ReadonlyMap<number, number>): number | undefined {
  const literal = before.endsWith('}') ? openOf.get(before.length - 1) : undefined
  if (literal === undefined) return undefined
  const head = before.slice(0, literal).trimEnd()
  return /\)\s*:$/.test(head) ? head.lastIndexOf(')') : undefined
}
