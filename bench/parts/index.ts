// The parts, in the order of their goals.

import { floodPart } from './flood.ts'
import { firstSightPart, memoryPart, rowSizePart, seenPart } from './inside.ts'
import type { Part } from './part.ts'
import { protectedRoute } from './protected.ts'
import { refreshOverHttp } from './refresh.ts'
import { startPart } from './start.ts'
import { storeWorkPart } from './store-work.ts'
import { sweepPart } from './sweep.ts'

export const parts: readonly Part[] = [
  protectedRoute,
  seenPart,
  firstSightPart,
  refreshOverHttp,
  storeWorkPart,
  rowSizePart,
  floodPart,
  startPart,
  sweepPart,
  memoryPart,
]
