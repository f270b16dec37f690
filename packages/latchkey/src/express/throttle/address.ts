// Which address a request is counted under. Express decides what the address is (`trust proxy`): what an untrusted hop
// writes into X-Forwarded-For is not read (SE-16, attack 33). One holder of IPv6 has at least a /64 of it.

import { isIPv4, isIPv6 } from 'node:net'
import type { Request } from 'express'

/** One address for all whose connection is closed: nobody knows any more which was theirs, and to be gone is no way out. */
const gone = 'gone'

/** The IPv4 address, or the first 64 bits of IPv6, of who sent a request; empty where there is none, as on a Unix socket. */
export const addressOf = ({ ip, socket }: Pick<Request, 'ip' | 'socket'>): string =>
  // A trusted proxy that names no address is an address itself.
  networkOf(ip ?? '') || networkOf(socket.remoteAddress ?? '') || (socket.destroyed ? gone : '')

/** IPv4 as it is, the first four groups of IPv6; empty for anything else. A port behind it is left out. */
export function networkOf(address: string): string {
  const bare = address.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/%.*$/, '')
  const withoutPort = bare.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
  if (isIPv4(withoutPort)) return withoutPort
  return isIPv6(bare) ? prefixOf(groupsOf(bare)) : ''
}

// IPv4 that came in over IPv6 is IPv4.
function prefixOf(groups: readonly number[]): string {
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:65535'
  if (isMapped) return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::`
}

function groupsOf(address: string): number[] {
  const hexadecimal = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_whole, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [left = [], right] = hexadecimal.split('::').map((half) => (half === '' ? [] : half.split(':')))
  const zeros = right === undefined ? 0 : 8 - left.length - right.length
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...(right ?? [])].map((group) =>
    Number.parseInt(group, 16),
  )
}
