// Every access to Redis that decides something, as Lua on ONE key, so that nothing crosses slots in a cluster. None of it
// is policy (I5). Each script declares itself a writer, reads too: a replica then refuses it (READONLY) instead of
// answering from what it has not yet heard. `allow-oom`: with full memory sessions are still renewed and ended.

import { createHash } from 'node:crypto'

export interface Script {
  readonly text: string
  readonly sha: string
}

/** A script of this text; it may run with full memory unless `flags` says otherwise. */
export function scriptOf(text: string, flags = ' flags=allow-oom'): Script {
  const whole = `#!lua${flags}\n${text.trim()}\n`
  return { text: whole, sha: createHash('sha1').update(whole).digest('hex') }
}

/** → the value of a key, or nothing. */
export const read: Script = scriptOf(`return redis.call('GET', KEYS[1])`)

/**
 * Adds a row where there is none, unless its reservation is older than a minute: a process may have slept that long, and
 * the tombstone that was meant for it may be gone. The very same row again is no other one: the answer had been lost.
 * Takes the row, its life in ms, when it was reserved by Redis' clock in ms. → 1; 0 where another row is; -1 where a
 * tombstone is or the reservation is too old.
 */
export const add: Script = scriptOf(
  `
local time = redis.call('TIME')
if math.abs(time[1] * 1000 - ARGV[3]) > 60000 then return -1 end
local row = redis.call('GET', KEYS[1])
if row then
  if row == ARGV[1] then return 1 end
  return row:byte(1) == 0 and -1 or 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`,
  '',
)

/**
 * The compare-and-swap: a row that is live at an instant, of this generation and binding, moves on. Takes from, to, at,
 * idleExpiresAt, the binding, for how long the row stays behind its life in ms. → the row after it, or nothing.
 */
export const advance: Script = scriptOf(`
local row = redis.call('GET', KEYS[1])
if not row or row:byte(1) ~= 1 then return false end
local at = tonumber(ARGV[3])
local generation, _, idle, absolute, reason = struct.unpack('>I4I7I7I7B', row, 2)
if generation ~= tonumber(ARGV[1]) or reason ~= 0 or at >= idle or at >= absolute then return false end
if row:sub(28, 27 + #ARGV[5]) ~= ARGV[5] then return false end
local idleAfter = tonumber(ARGV[4])
local moved = row:sub(1, 1) .. struct.pack('>I4I7I7', tonumber(ARGV[2]), at, idleAfter) .. row:sub(20)
local life = math.min(idleAfter, absolute) - at + tonumber(ARGV[6])
redis.call('SET', KEYS[1], moved, 'PX', math.max(60000, math.min(life, 3153600000000)))
return moved`)

/**
 * Ends a row once: an ended row keeps its first instant and reason, and is written as it was, so that a WAIT behind a
 * repeat has something to wait for. Takes at, the reason's code, how long the ended row stays at most in ms, and for how
 * long a tombstone keeps an insertion under way from landing where there is no row, in ms; 0 for no tombstone.
 * → whether this call ended it (1, 0), and the row after it, if any.
 */
export const end: Script = scriptOf(`
local row = redis.call('GET', KEYS[1])
if not row or row:byte(1) ~= 1 then
  if ARGV[4] ~= '0' then redis.call('SET', KEYS[1], string.char(0), 'PX', ARGV[4]) end
  return {0}
end
if row:byte(27) ~= 0 then
  redis.call('SET', KEYS[1], row, 'KEEPTTL')
  return {0, row}
end
local ended = row:sub(1, 26) .. struct.pack('>BI7', tonumber(ARGV[2]), tonumber(ARGV[1])) .. row:sub(28)
local left = redis.call('PTTL', KEYS[1])
local life = tonumber(ARGV[3])
if left > 0 and left < life then life = left end
redis.call('SET', KEYS[1], ended, 'PX', life)
return {1, ended}`)

/** Deletes a row whose life ended before an instant. Takes the instant. → the row that is gone, or nothing. */
export const deleteDead: Script = scriptOf(`
local row = redis.call('GET', KEYS[1])
if not row or row:byte(1) ~= 1 then return false end
local before = tonumber(ARGV[1])
local idle, absolute, reason = struct.unpack('>I7I7B', row, 13)
if idle < before or absolute < before or (reason ~= 0 and struct.unpack('>I7', row, 28) < before) then
  redis.call('DEL', KEYS[1])
  return row
end
return false`)

/** Keeps the first environment and the first fingerprint of a kid. Takes environment, then kid and fingerprint in turn. → the hash, flat. */
export const identify: Script = scriptOf(`
redis.call('HSETNX', KEYS[1], 'environment', ARGV[1])
for i = 2, #ARGV, 2 do redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) end
return redis.call('HGETALL', KEYS[1])`)

/** → the version and text of the sealed keys, or nothings. */
export const readKeys: Script = scriptOf(`return redis.call('HMGET', KEYS[1], 'version', 'text')`)

/**
 * A compare-and-swap on the version, 0 for none yet; the same write again counts as done. Takes text, the version to
 * replace, the channel and the message for those who watch. → 1 or 0.
 */
export const writeKeys: Script = scriptOf(`
local version = redis.call('HGET', KEYS[1], 'version') or '0'
local following = string.format('%d', tonumber(ARGV[2]) + 1)
if version ~= ARGV[2] then
  local text = redis.call('HGET', KEYS[1], 'text')
  if text then redis.call('HSET', KEYS[1], 'version', version, 'text', text) end
  return (version == following and text == ARGV[1]) and 1 or 0
end
redis.call('HSET', KEYS[1], 'version', following, 'text', ARGV[1])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1`)

/** → Redis' clock: seconds, and microseconds. */
export const clock: Script = scriptOf(`return redis.call('TIME')`)
