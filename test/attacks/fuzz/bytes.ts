// Bytes that are no proper HTTP: a good request with turned bits, cut anywhere, with two lengths, with broken chunks, with a
// huge head, or several in one piece; and then sent in pieces that end wherever they like.

import * as fc from 'fast-check'
import { requests } from './requests.ts'
import type { Loot } from './loot.ts'

/** Pieces of one connection's bytes. Only tokens of sessions that are over may be in the loot: a turned bit can turn back. */
export function brokenBytes(dead: Loot): fc.Arbitrary<Buffer[]> {
  const good = requests(dead).map(({ bytes }) => bytes)
  const position = fc.nat({ max: 65_535 })
  const turned = fc
    .tuple(good, fc.array(fc.tuple(position, fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }))
    .map(([bytes, turns]) => turns.reduce((now, [at, value]) => withByte(now, at, value), bytes))
  const cut = fc.tuple(good, position).map(([bytes, at]) => bytes.subarray(0, at % (bytes.length + 1)))
  const extra = fc.tuple(good, fc.constantFrom(...headLines)).map(([bytes, line]) => withLine(bytes, line))
  const several = fc.array(fc.oneof(good, turned), { minLength: 2, maxLength: 4 }).map((all) => Buffer.concat(all))
  const chunks = fc.constantFrom(...brokenChunks).map((text) => Buffer.from(`${chunkedHead}${text}`, 'latin1'))
  const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
  const bytes = fc.oneof(turned, cut, extra, several, chunks, noise)
  return fc.tuple(bytes, fc.array(position, { maxLength: 3 })).map(([all, cuts]) => inPieces(all, cuts))
}

const headLines = [
  'Content-Length: 2',
  'Content-Length: -1',
  'Content-Length: 0x10',
  'Content-Length: 99999999999999999999',
  'Content-Length: 1, 1',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding : chunked',
  'Connection: close, Content-Length',
  'Connection: Upgrade\r\nUpgrade: websocket',
  'Connection: Upgrade\r\nUpgrade: h2c',
  'Host: other',
  'Expect: 200-ok',
  'Authorization: Bearer a\0b',
  'X: a\rb',
  'X: a\nb',
  ' folded',
  ': nameless',
  'no colon',
  'X\x80: y',
  '\t: x',
  `X-Long: ${'x'.repeat(20_000)}`,
  Array.from({ length: 2500 }, (_, n) => `X-${n}: ${n}`).join('\r\n'),
  `Cookie: ${'a=b; '.repeat(3000)}`,
]

const chunkedHead =
  'POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'
const brokenChunks = [
  'zz\r\n',
  '-1\r\n{}\r\n0\r\n\r\n',
  'ffffffffffffffff\r\n',
  '2\r\n{}0\r\n\r\n',
  '2;a=b\r\n{}\r\n0\r\n\r\n',
  '2\n{}\n0\n\n',
  '0x2\r\n{}\r\n0\r\n\r\n',
  '2\r\n{}\r\n0\r\nX: y\r\n\r\n',
  '2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n',
  `2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
  '1\r\n{\r\n1\r\n}\r\n0\r\n\r\n',
]

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const turned = Buffer.from(bytes)
  if (turned.length > 0) turned[at % turned.length] = value
  return turned
}

function withLine(bytes: Buffer, line: string): Buffer {
  const end = bytes.indexOf('\r\n') + 2
  return Buffer.concat([bytes.subarray(0, end), Buffer.from(`${line}\r\n`, 'latin1'), bytes.subarray(end)])
}

function inPieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((one, other) => one - other), bytes.length]
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place))
}
