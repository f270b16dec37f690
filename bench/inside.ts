// What is measured without HTTP, each in a fresh process on the server's core: `node --expose-gc bench/inside.ts`.

import { firstSight } from './inside/first-sight.ts'
import { heapOverTime } from './inside/heap-over-time.ts'
import { cachedBytes } from './inside/cached-bytes.ts'
import { rowSize } from './inside/row-size.ts'
import { rowSizePostgres } from './inside/row-size-postgres.ts'
import { fillRedis, rotateRedis } from './inside/row-size-redis.ts'
import { advanceTimes } from './inside/advance-times.ts'
import { seenCost } from './inside/seen.ts'
import { storeCalls } from './inside/store-calls.ts'
import { answerQuestions } from './ipc.ts'

const handlers = {
  firstSight,
  seenCost,
  cachedBytes,
  heapOverTime,
  rowSize,
  rowSizePostgres,
  fillRedis,
  rotateRedis,
  advanceTimes,
  storeCalls,
}
export type InsideAsks = typeof handlers

answerQuestions(handlers, null)
