// Reads a form body as RFC 6749 wants it: no parameter twice, an empty one is none, unknown ones do not matter. Our own
// parser, because the general ones make lists and objects of what comes twice or in brackets, and forgive what is no
// encoding at all. Nothing is unbounded (I7).

import type { Request } from 'express'
import { LatchkeyError } from '../../index.ts'
import { readBody } from '../request-body.ts'

/** The parameters of a request by their names; those without a value are not there. */
export type Form = ReadonlyMap<string, string>

/** More than any request of ours has. */
const maxParameters = 32
const formType = /^application\/x-www-form-urlencoded *(;|$)/i
// A byte order mark is a character like any other: it makes a name that nobody knows.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Whether a request speaks the OAuth dialect: its body is a form. */
export const isForm = (req: Request): boolean => formType.test(req.headers['content-type'] ?? '')

/** The form of a request. Throws `media_type_unsupported`, `request_too_large` or `request_malformed`. */
export async function readForm(req: Request): Promise<Form> {
  const body = await readBody(req, formType)
  if (body === undefined) return new Map()
  return formOf('parsed' in body ? pairsIn(body.parsed) : pairsOf(decodedBytes(body.bytes)))
}

/** A parameter that must be there. Throws `request_malformed`. */
export function required(form: Form, name: string): string {
  const value = form.get(name)
  if (value === undefined) throw malformed(`${name} is missing`)
  return value
}

/** Undoes the encoding of forms (WHATWG URL s5.1); undefined where it is none. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

type Pair = readonly [name: string, value: string]

function formOf(pairs: readonly Pair[]): Form {
  checkCount(pairs)
  if (new Set(pairs.map(([name]) => name)).size !== pairs.length) throw malformed('a parameter came twice')
  return new Map(pairs.filter(([, value]) => value !== ''))
}

function checkCount({ length }: readonly unknown[]): void {
  if (length > maxParameters) throw malformed(`more than ${maxParameters} parameters`)
}

function pairsOf(text: string): Pair[] {
  const pieces = text.split('&').filter((piece) => piece !== '')
  checkCount(pieces)
  return pieces.map((piece) => {
    const at = piece.indexOf('=')
    const name = decoded(at < 0 ? piece : piece.slice(0, at))
    const value = decoded(at < 0 ? '' : piece.slice(at + 1))
    if (name === undefined || value === undefined) throw malformed('a parameter is not encoded as forms are')
    return [name, value]
  })
}

// What the application's own parser has made: texts stay, and a list or an object means that a name came twice, or in
// brackets. One that has kept the text leaves the parsing to us.
function pairsIn(parsed: unknown): Pair[] {
  if (typeof parsed === 'string') return pairsOf(parsed)
  if (Buffer.isBuffer(parsed)) return pairsOf(decodedBytes(parsed))
  if (typeof parsed !== 'object' || parsed === null) throw malformed('the body is no form')
  return Object.entries(parsed).map(([name, value]) => {
    if (typeof value !== 'string') throw malformed('a parameter came twice')
    return [name, value]
  })
}

function decodedBytes(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw malformed('the body is not UTF-8')
  }
}

const malformed = (detail: string): LatchkeyError => new LatchkeyError('request_malformed', { detail })
