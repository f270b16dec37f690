// Says of a request where it came from, as coarsely as a person needs to recognise his own devices: no full address,
// no fingerprint. What a client may write here is cut and cleaned before it reaches a row, a log or a page.

import { isIPv4, isIPv6 } from 'node:net'
import type { Request } from 'express'
import type { Origin } from '../index.ts'

const maxUserAgentCharacters = 256

// First match wins: every Chromium says Chrome and Safari too.
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/Chrom(e|ium)\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
  [/^(node|undici)/, 'Node.js'],
]
const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b|\biPad\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** Label, user agent and coarse place of a request. */
export function originOf(req: Request): Required<Omit<Origin, 'actor'>> {
  const userAgent = cleaned(req.headers['user-agent'] ?? '')
  return { label: labelOf(userAgent), userAgent, place: placeOf(req.ip ?? '') }
}

// Control characters would let a client write its own lines into somebody's log.
const cleaned = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '').slice(0, maxUserAgentCharacters)

function labelOf(userAgent: string): string {
  const name = (list: typeof browsers): string | undefined => list.find(([pattern]) => pattern.test(userAgent))?.[1]
  const browser = name(browsers) ?? 'Unknown client'
  const system = name(systems)
  return system === undefined ? browser : `${browser} on ${system}`
}

/** The network of an address: the first 24 bits of IPv4, the first 48 of IPv6; empty for anything else. */
export function placeOf(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (isIPv4(bare)) return bare.replace(/\d+$/, '0')
  if (!isIPv6(bare)) return ''
  const [head = ''] = bare.split('%')
  const [left = '', right] = head.split('::')
  const groups = left === '' ? [] : left.split(':')
  // `::` stands for as many zeros as are missing; only those among the first three groups matter.
  const first = right === undefined ? groups : [...groups, '0', '0', '0']
  return `${first
    .slice(0, 3)
    .map((group) => group.toLowerCase())
    .join(':')}::`
}
