// Reads TypeScript without a compiler (TypeScript 7 has no JavaScript API): tells code from comments, strings and
// regular expressions, so that a rule about code is neither fooled by a word in a sentence nor blind to code that
// stands beside one. Everything keeps its place: an index into one view is an index into the source.

/** Views of one source, each as long as the source and with the same line breaks. */
export interface Scanned {
  /** Comments and the insides of strings and regular expressions are blank. */
  readonly code: string
  /** Only the comments are blank. */
  readonly text: string
  /** Strings, templates and regular expressions alone. */
  readonly strings: string
  /** The comments alone. */
  readonly comments: string
}

type Kind = 'code' | 'quoted' | 'comment'

interface Piece {
  readonly kind: Kind
  readonly end: number
}

const blank = (text: string): string => text.replace(/[^\n]/g, ' ')

/** Takes a source apart. */
export function scan(source: string): Scanned {
  const views = { code: '', text: '', strings: '', comments: '' }
  const templates: number[] = []
  for (let at = 0; at < source.length;) {
    const { kind, end } = pieceAt(source, at, views.code, templates)
    const piece = source.slice(at, end)
    const hidden = blank(piece)
    views.code += kind === 'code' ? piece : hidden
    views.text += kind === 'comment' ? hidden : piece
    views.strings += kind === 'quoted' ? piece : hidden
    views.comments += kind === 'comment' ? piece : hidden
    at = end
  }
  return views
}

// `templates` counts, for each template literal that is open, the braces that are open inside its `${…}`.
function pieceAt(source: string, at: number, before: string, templates: number[]): Piece {
  const here = source.charAt(at)
  if (source.startsWith('//', at)) return { kind: 'comment', end: matchEnd(/[^\n]*/y, source, at) }
  if (source.startsWith('/*', at)) return { kind: 'comment', end: matchEnd(/\/\*[^]*?\*\//y, source, at) }
  if (here === "'") return { kind: 'quoted', end: matchEnd(/'(?:[^'\\\n]|\\[^])*'/y, source, at) }
  if (here === '"') return { kind: 'quoted', end: matchEnd(/"(?:[^"\\\n]|\\[^])*"/y, source, at) }
  if (here === '`') return { kind: 'quoted', end: template(source, at, templates) }
  if (here === '/' && expectsValue(before)) {
    return { kind: 'quoted', end: matchEnd(/\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y, source, at) }
  }
  return bracesIn(source, at, templates)
}

function bracesIn(source: string, at: number, templates: number[]): Piece {
  const open = templates.at(-1)
  const here = source.charAt(at)
  if (open !== undefined && here === '{') templates[templates.length - 1] = open + 1
  if (open === undefined || here !== '}') return { kind: 'code', end: at + 1 }
  if (open > 0) {
    templates[templates.length - 1] = open - 1
    return { kind: 'code', end: at + 1 }
  }
  templates.pop()
  return { kind: 'quoted', end: template(source, at, templates) }
}

// From a back-tick, or from the brace that closes a `${…}`, to the end of the literal or to its next `${`.
function template(source: string, at: number, templates: number[]): number {
  const end = matchEnd(/[`}](?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{)/y, source, at)
  if (source.charAt(end - 1) === '{') templates.push(0)
  return end
}

// A slash begins a regular expression where a value may stand, and divides where one has just ended.
function expectsValue(code: string): boolean {
  const before = code.trimEnd()
  return before === '' || /[-(,=:[!&|?{};+*%~^<>]$|\b(?:return|typeof|case|in|of|do|else|void)$/.test(before)
}

function matchEnd(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(source) ? pattern.lastIndex : at + 1
}

/** The line, from 1, of an index. */
export const lineAt = (source: string, index: number): number => source.slice(0, index).split('\n').length
