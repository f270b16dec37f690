// The Lua on a subject's index, one sorted set per subject. A member is a sid, 16 bytes; its score is the second until which
// the session may be live, or, once it has ended, minus the second at which its row is gone (seconds take half the memory). The member at minus infinity is
// the subject's not-before. `keep` lets the set live as long as what was written needs, never shorter than before.

import { scriptOf, type Script } from './scripts.ts'

const keep = `
local function keep(life)
  if redis.call('PTTL', KEYS[1]) < tonumber(life) then redis.call('PEXPIRE', KEYS[1], life) end
end
local function notBefore()
  return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '-inf')[1]
end
`

/**
 * Makes room in the bound for a session before its row is written, in one act with the count: the index that a sign-out
 * everywhere reads holds whatever may still land. Takes at in seconds, authTime in ms, max, the sid, its score, the life in
 * ms, the second before which entries of rows that expired are forgotten, the instant before which a not-before is, then the
 * sids of rows found dead.
 * → `revoked`; `exists`; the instant of the reservation by Redis' clock in ms; or, where the bound is full, the sids that
 * count as live.
 */
export const reserve: Script = scriptOf(
  `${keep}
local at, sid = tonumber(ARGV[1]), ARGV[4]
local from = notBefore()
if from and tonumber(ARGV[2]) <= tonumber(from) then return 'revoked' end
if from and tonumber(from) < tonumber(ARGV[8]) then redis.call('ZREM', KEYS[1], from) end
for i = 9, #ARGV do redis.call('ZREM', KEYS[1], ARGV[i]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], -at, '(0')
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[7])
if redis.call('ZSCORE', KEYS[1], sid) then return 'exists' end
if redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[1], '+inf') >= tonumber(ARGV[3]) then
  return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf')
end
redis.call('ZADD', KEYS[1], ARGV[5], sid)
keep(ARGV[6])
return redis.call('TIME')[1] * 1000`,
  '',
)

/** Notes that a session has ended. Takes the sid, its score, the life in ms. */
export const mark: Script = scriptOf(`${keep}
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
keep(ARGV[3])
return 1`)

/** Takes sids away. */
export const drop: Script = scriptOf(`return redis.call('ZREM', KEYS[1], unpack(ARGV))`)

/**
 * From now on `reserve` refuses who authenticated at or before an instant; never moves back. Takes the instant, the life in
 * ms. Written even where it stands already, so that a WAIT behind a repeat has something to wait for.
 */
export const setNotBefore: Script = scriptOf(`${keep}
local from = notBefore()
local at = ARGV[1]
if from then
  redis.call('ZREM', KEYS[1], from)
  if tonumber(from) > tonumber(at) then at = from end
end
redis.call('ZADD', KEYS[1], '-inf', at)
keep(ARGV[2])
return 1`)

/**
 * Puts a session back that the index has lost. Takes the sid, its score, the life in ms. → the subject's not-before, or
 * nothing.
 */
export const restore: Script = scriptOf(`${keep}
redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1])
keep(ARGV[3])
return notBefore() or false`)

/** → all sids, live or not. */
export const members: Script = scriptOf(`return redis.call('ZRANGEBYSCORE', KEYS[1], '(-inf', '+inf')`)
