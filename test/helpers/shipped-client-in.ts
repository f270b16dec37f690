// The client in a world of a test's own, as the package ships it: its ports have the short names of the build there.

import { shortNames } from '../../scripts/shorten-client.ts'
import type { createClientIn as create } from '../../packages/latchkey/src/client/create-client.ts'
import { createClientIn as shipped } from '../../packages/latchkey/dist/client/create-client.js'

const shortened = <Ports extends object>(ports: Ports): Ports =>
  Object.fromEntries(Object.entries(ports).map(([name, value]) => [shortNames[name] ?? name, value])) as Ports

/** As its namesake, with ports by their long names. */
export const createClientIn: typeof create = ({ surroundings, ...ports }, options) =>
  shipped(shortened({ ...ports, surroundings: surroundings && shortened(surroundings) }), options)
