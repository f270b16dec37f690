// Header values and JSON as text, with long words such as tokens shortened behind a button that shows them whole.
import { element } from './element.ts'

const LONGEST_WORD = 48
const HEAD = 10
const TAIL = 4

/** The text's words; the long ones shortened. `name` tells a screen reader what a button would show. */
export function renderText(text: string, name: string): Node[] {
  return text
    .split(/(\s+)/)
    .map((word) => (word.length > LONGEST_WORD ? renderLongWord(word, name) : document.createTextNode(word)))
}

/** A JSON value, indented by two spaces a level. */
export function renderJson(value: unknown, name = 'value', indent = ''): Node[] {
  if (typeof value === 'string') return [renderString(value, name)]
  if (typeof value !== 'object' || value === null) return [element('span', 'literal', JSON.stringify(value))]
  const listed = Array.isArray(value)
  const members: [string, unknown][] = Object.entries(value)
  const [opening, closing] = listed ? ['[', ']'] : ['{', '}']
  if (members.length === 0) return [document.createTextNode(opening + closing)]
  const inner = `${indent}  `
  const lines = members.flatMap(([key, member], index): Node[] => [
    document.createTextNode(`${index === 0 ? '' : ','}\n${inner}`),
    ...(listed ? [] : [element('span', 'name', JSON.stringify(key)), document.createTextNode(': ')]),
    ...renderJson(member, listed ? name : key, inner),
  ])
  return [document.createTextNode(opening), ...lines, document.createTextNode(`\n${indent}${closing}`)]
}

function renderString(value: string, name: string): HTMLElement {
  const quoted = JSON.stringify(value)
  const isOneLongWord = value.length > LONGEST_WORD && !/\s/.test(value)
  return element('span', 'string', isOneLongWord ? renderLongWord(quoted, name) : quoted)
}

function renderLongWord(word: string, name: string): HTMLElement {
  const short = `${word.slice(0, HEAD)}…${word.slice(-TAIL)}`
  const text = element('span', '', short)
  const verb = element('span', '', 'all')
  const button = element('button', 'expander', verb, element('span', 'unseen', ` of ${name}`))
  button.type = 'button'
  button.setAttribute('aria-expanded', 'false')
  button.addEventListener('click', () => {
    const expand = button.getAttribute('aria-expanded') === 'false'
    button.setAttribute('aria-expanded', String(expand))
    text.textContent = expand ? word : short
    verb.textContent = expand ? 'less' : 'all'
  })
  return element('span', 'long-word', text, ' ', button)
}
