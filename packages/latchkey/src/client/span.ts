// A stretch of time by two clocks: one jumps, the other may stand still while the device sleeps. Whichever says that more
// has passed is believed: a token that is renewed too early costs one request, one that is kept too long an error.

import type { ClientPorts } from './ports.ts'

/** Milliseconds that are left; negative when it is over. */
export type Span = () => number

/** A stretch of `ms` that begins now. */
export const spanOf = (ports: Pick<ClientPorts, 'now' | 'steady'>, ms: number): Span => {
  const wall = ports.now()
  const steady = ports.steady()
  return () => ms - Math.max(ports.now() - wall, ports.steady() - steady)
}
