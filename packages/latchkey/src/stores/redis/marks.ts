// Short-lived counters: one key each, so that a cluster spreads them. A counter's end is the engine's instant and stands
// in its value (I6); Redis only forgets what is over, some time later and by itself. A client may send a command again
// whose answer was lost: counted twice, an outage would make an honest proof a replay (I3). So each count has a name.

import { randomBytes } from 'node:crypto'
import type { Mark, Marked } from '../../core/store.ts'
import type { Keys } from './keys.ts'
import type { Runner } from './runner.ts'
import { scriptOf, type Script } from './scripts.ts'

/** How long a counter stays behind its end: nodes' clocks differ. */
const marginMs = 60_000

/**
 * Counts on, or begins; never below 0. May not run with full memory: counters are made by whoever knocks. Takes what to
 * add, now, the end of one that begins, whether to replace (1, 0), how long it stays behind its end, the name of this
 * count: where the last one that was counted has it, this is that one again. → count, end.
 */
const mark: Script = scriptOf(
  `
local add, at = tonumber(ARGV[1]), tonumber(ARGV[2])
local count, ends = 0, ARGV[3]
local known = redis.call('GET', KEYS[1])
if known then
  local counted, till, name = known:match('^(%d+) (%d+) ?(.*)$')
  if name == ARGV[6] then return {counted, till} end
  if ARGV[4] == '0' and tonumber(till) > at then count, ends = tonumber(counted), till end
end
count = string.format('%.0f', math.max(0, count + add))
if ARGV[1] == '0' and ARGV[4] == '0' then return {count, ends} end
redis.call('SET', KEYS[1], count .. ' ' .. ends .. ' ' .. ARGV[6], 'PX', math.max(0, ends - at) + ARGV[5])
return {count, ends}`,
  '',
)

const unmark: Script = scriptOf(`return redis.call('DEL', KEYS[1])`)

/** See `Store.mark`. */
export async function countMark(
  runner: Runner,
  keys: Keys,
  { key, add, at, expiresAt, replace }: Mark,
  signal?: AbortSignal,
): Promise<Marked> {
  const name = randomBytes(6).toString('base64url')
  const parameters = [...[add, at, expiresAt, Number(replace), marginMs].map(String), name]
  const [count, end] = (await runner.run(mark, keys.mark(key), parameters, signal)) as Buffer[]
  return { count: Number(count), expiresAt: Number(end) }
}

/** See `Store.unmark`. */
export async function forgetMark(runner: Runner, keys: Keys, key: string, signal?: AbortSignal): Promise<void> {
  await runner.run(unmark, keys.mark(key), [], signal)
}
