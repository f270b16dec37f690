// What a Redis server has done so far, seen from outside: calls by command, and its processor time.

import { ask, type RedisServer } from '../../test/helpers/redis.ts'

/** Calls of each command so far, those that scripts make too. The asking itself is not among them. */
export async function callsOf(server: RedisServer): Promise<ReadonlyMap<string, number>> {
  const text = await ask(server, 'INFO', 'commandstats')
  const lines = [...text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)]
  return new Map(lines.flatMap(([, name = '', calls]) => (name === 'info' ? [] : [[name, Number(calls)] as const])))
}

/** Processor time so far, in milliseconds. */
export async function redisCpuMs(server: RedisServer): Promise<number> {
  const text = await ask(server, 'INFO', 'cpu')
  const seconds = (name: string): number => Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(text)?.[1])
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1000
}

/** Memory in use, in bytes, once two looks agree: what was freed lately is given back by and by. */
export async function usedMemory(server: RedisServer): Promise<number> {
  let before = Number.NaN
  for (;;) {
    const text = await ask(server, 'INFO', 'memory')
    const now = Number(/^used_memory:(\d+)/m.exec(text)?.[1])
    if (Math.abs(now - before) < 1024) return now
    before = now
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}
