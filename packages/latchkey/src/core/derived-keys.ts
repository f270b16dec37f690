// Secrets that every node of a deployment can make for itself and nobody else can: derived from the refresh roots and the
// environment, so that a copy of the database is not enough, and a copy of the deployment has others. Never stored (I4).

import { hkdfSync } from 'node:crypto'
import type { Engine } from './engine.ts'
import type { RefreshRoot } from './key-ring.ts'
import { lengthPrefixed } from './refresh-token.ts'

/** 32 bytes for this label from each root, that of new sessions first: make with the first, accept all. */
export function derivedKeys(engine: Engine, label: string): Buffer[] {
  const active = engine.activeRoot()
  const others = [...engine.ring.roots.values()].filter(({ kid }) => kid !== active.kid)
  const info = Buffer.concat([Buffer.from('latchkey/derived/v1\0'), lengthPrefixed(label)])
  const derive = ({ root }: RefreshRoot): Buffer => Buffer.from(hkdfSync('sha256', root, engine.environment, info, 32))
  return [active, ...others].map(derive)
}
