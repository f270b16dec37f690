// The parts, in the order of their goals.

import { floodPart } from './flood.ts'
import { firstSightPart, memoryPart, seenPart } from './inside.ts'
import type { Part } from './part.ts'
import { propagationPart } from './propagation.ts'
import { protectedRoute } from './protected.ts'
import { refreshOverHttp } from './refresh.ts'
import { rowSizePart } from './row-size.ts'
import { scalePart } from './scale.ts'
import { startPart } from './start.ts'
import { storeWorkPart } from './store-work.ts'
import { sweepPart } from './sweep.ts'
import { timingPart } from '../timing/part.ts'

export const parts: readonly Part[] = [
  protectedRoute,
  seenPart,
  firstSightPart,
  refreshOverHttp,
  storeWorkPart,
  rowSizePart,
  scalePart,
  floodPart,
  startPart,
  propagationPart,
  sweepPart,
  memoryPart,
  timingPart,
]
