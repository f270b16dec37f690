// Ways to spoil a token, a proof or a password: one bit, a cut, a splice with another, another encoding, a blank. What comes
// out is never the original, not even after the blanks at its ends were taken away, as HTTP does with header values.

import * as fc from 'fast-check'

type Spoil = (text: string, other: string, at: number) => string

const spoils: readonly Spoil[] = [
  (text, _other, at) => {
    const bytes = Buffer.from(text, 'latin1')
    const index = at % bytes.length
    bytes[index] = (bytes[index] ?? 0) ^ (1 << (at & 3))
    return bytes.toString('latin1')
  },
  (text, _other, at) => text.slice(0, at % text.length),
  (text, _other, at) => text.slice(at % text.length),
  (text, other, at) => text.slice(0, at % text.length) + other.slice(at % other.length),
  (text, _other, at) => text.slice(0, at % text.length) + text.slice((at % text.length) + 1),
  (text, other, at) => [...text.split('.').slice(0, 2), ...other.split('.').slice(at % 3)].join('.'),
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(text).toString('hex'),
  (text) => encodeURIComponent(`${text}%`),
  (text) => text.toUpperCase(),
  (text) => text.split('').toReversed().join(''),
  (text, _other, at) => text + ('=A.%~ +/'.charAt(at % 8) || '='),
  (text, _other, at) => '=A.%~ +/'.charAt(at % 8) + text,
  (text) => `${text},${text}`,
  (text) => `"${text}"`,
  (text, other) => `${text}.${other}`,
]

/** Spoiled forms of these texts, fit for a header value. */
export function spoiled(texts: readonly string[]): fc.Arbitrary<string> {
  const kept = new Set(texts)
  const one = fc.constantFrom(...texts)
  return fc
    .tuple(one, one, fc.constantFrom(...spoils), fc.nat({ max: 4095 }))
    .map(([text, other, spoil, at]) => spoil(text, other, at).replace(/[^\x20-\x7e]/g, '~'))
    .map((text) => (kept.has(text.trim()) ? `${text}~` : text))
}
