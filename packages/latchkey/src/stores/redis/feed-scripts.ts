// The Lua on the revocation feed: one sorted set of public ids by the instant of their revocation, and the channel on
// which each is told the moment it is there.

import { scriptOf, type Script } from './scripts.ts'

/**
 * Adds revocations and tells them. Forgets what is older than `life`, by the older of two clocks: neither a node's clock
 * that runs ahead nor a test's that stands in the past may empty the feed. Takes the life in ms, the greatest number of
 * entries, the channel, the message, then instant and public id in turn.
 */
export const announce: Script = scriptOf(`
local life, newest = tonumber(ARGV[1]), redis.call('TIME')[1] * 1000
for i = 5, #ARGV, 2 do
  redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1])
  newest = math.min(newest, tonumber(ARGV[i]))
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', newest - life)
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -ARGV[2] - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1`)

/** Takes an instant and a limit. → public id and instant in turn, the newest first. */
export const revokedSince: Script = scriptOf(
  `return redis.call('ZRANGE', KEYS[1], '+inf', '(' .. ARGV[1], 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[2], 'WITHSCORES')`,
)
