// Reads the documents as the checks of them see them: their code blocks, their links, their headings. What stands in
// code is no link, and what stands in a block is no heading.

import { readdirSync } from 'node:fs'
import { read, root } from './sources.ts'

const left = new Set(['node_modules', 'dist', 'coverage', 'data', '.git'])

export interface Block {
  /** What follows the fence: the language, and nothing else where the block is to be believed. */
  readonly info: string
  readonly text: string
  /** Of the opening fence, counted from 1. */
  readonly line: number
}

export interface Link {
  readonly target: string
  readonly line: number
}

/** Every document of the repository, by its path from the root. */
export function documents(): string[] {
  const under = (folder: string): string[] =>
    readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}${entry.name}`
      if (entry.isDirectory()) return left.has(entry.name) ? [] : under(`${path}/`)
      return entry.name.endsWith('.md') ? [path] : []
    })
  return under('')
}

export const textOf = (path: string): string => read(path) ?? ''

const fence = /^(?<fence>```+|~~~+)(?<info>[^\n]*)\n(?<text>[^]*?)^\k<fence>$/gm

/** The fenced blocks of a document. */
export const blocksIn = (markdown: string): Block[] =>
  [...markdown.matchAll(fence)].map(({ index, groups = {} }) => ({
    info: groups['info'] ?? '',
    text: groups['text'] ?? '',
    line: lineOf(markdown, index),
  }))

/** The links of a document, outside of code. */
export function linksIn(markdown: string): Link[] {
  const prose = blanked(blanked(markdown, fence), /`[^`\n]+`/g)
  const targets = [
    ...prose.matchAll(/\]\((?<target>[^)\s]+)\)/g),
    ...prose.matchAll(/\b(?:href|src)="(?<target>[^"]+)"/g),
  ]
  return targets.map(({ index, groups = {} }) => ({ target: groups['target'] ?? '', line: lineOf(prose, index) }))
}

/** What a link may name behind `#`: the headings, as the usual renderers spell them. */
export const anchorsIn = (markdown: string): string[] =>
  [...blanked(markdown, fence).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )

/** The first cell of each row of the tables in a document, where it is one word of code. */
export const firstCellsIn = (markdown: string): string[] =>
  [...markdown.matchAll(/^\| `([^`|]+)` \|/gm)].map(([, cell = '']) => cell)

// Everything keeps its place, so that an index is still one into the document.
const blanked = (markdown: string, pattern: RegExp): string =>
  markdown.replace(pattern, (code) => code.replaceAll(/[^\n]/g, ' '))

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length
