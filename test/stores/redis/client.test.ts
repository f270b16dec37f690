// Which clients and URLs a store takes, and what a look at a Redis finds.

import { createClient } from '@redis/client'
import { Redis } from 'ioredis'
import { inspectRedis, redisStore } from 'latchkey/redis'
import { sampleSession } from 'latchkey/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseRedisUrl } from '../../../packages/latchkey/src/stores/redis/url.ts'
import { ask, redisMissing, startRedis, type RedisServer } from '../../helpers/redis.ts'

describe('the URL of a Redis', () => {
  const node = { host: 'a', port: 6379 }
  const forms: readonly (readonly [string, object])[] = [
    ['redis://a', { kind: 'server', nodes: [node], tls: false }],
    [
      'rediss://u:p%40@a:1/2',
      { kind: 'server', nodes: [{ host: 'a', port: 1 }], tls: true, username: 'u', password: 'p@', database: 2 },
    ],
    ['redis://:p@[::1]:7', { kind: 'server', nodes: [{ host: '::1', port: 7 }], tls: false, password: 'p' }],
    ['redis+cluster://a,b:2', { kind: 'cluster', nodes: [node, { host: 'b', port: 2 }], tls: false }],
    [
      'redis+sentinel://a,b:2/main',
      {
        kind: 'sentinel',
        nodes: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 2 },
        ],
        tls: false,
        name: 'main',
      },
    ],
  ]
  test.each(forms)('is read: %s', (url, address) => {
    expect(parseRedisUrl(url)).toEqual(address)
  })

  const wrong = [
    '',
    'http://a',
    'redis://',
    'redis://a,b',
    'redis://a/x',
    'redis+sentinel://a',
    'redis+cluster://a/1',
    'redis://u:secret@a:b',
  ]
  test.each(wrong)('is refused without a word of it: %s', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(expect.objectContaining({ code: 'option_invalid' }))
    expect(() => parseRedisUrl(url)).not.toThrow('secret')
  })
})

describe('the options of redisStore', () => {
  const wrong: readonly object[] = [
    { client: 'redis://a', prefix: 'a{b}' },
    { client: 'redis://a', replicas: -1 },
    { client: 'redis://a', replicasMs: 0 },
    { client: 'redis://a', unknown: 1 },
    { client: {} },
    { client: null },
    { client: createClient() },
    { client: new Redis({ lazyConnect: true, keyPrefix: 'mine:' }) },
  ]
  test.each(wrong)('are refused where they make no sense: %o', async (options) => {
    await expect(redisStore(options as never)).rejects.toThrow(expect.objectContaining({ code: 'option_invalid' }))
  })

  test('lead to a refusal within seconds where nobody listens', async () => {
    await expect(redisStore({ client: 'redis://127.0.0.1:1' })).rejects.toThrow('gave up waiting')
  })
})

describe.skipIf(redisMissing !== null)('a Redis with a password', () => {
  let server: RedisServer
  beforeAll(async () => void (server = await startRedis({ settings: { requirepass: 'secret', save: '900 1' } })))
  afterAll(() => server.remove())

  test('is opened by URL and by clients of the application, which stay open', async () => {
    const own = createClient({ url: `redis://:secret@127.0.0.1:${server.port}`, RESP: 2 })
    own.on('error', () => undefined)
    await own.connect()
    const ioredis = new Redis(server.port, { password: 'secret' })
    for (const client of [`redis://:secret@127.0.0.1:${server.port}`, own, ioredis]) {
      const store = await redisStore({ client, prefix: 'mine:' })
      const session = sampleSession()
      await store.insert(session, { max: 10, evict: true })
      expect(await store.find(session.sid)).toEqual(session)
      await new Promise<void>((resolve) => {
        store.watch({ changed: resolve, revoked: () => undefined, lost: () => undefined })
      })
      await store.close()
    }
    expect(own.isReady).toBe(true)
    expect(ioredis.status).toBe('ready')
    expect((await own.keys('*')).every((key) => key.startsWith('mine:'))).toBe(true)
    own.destroy()
    ioredis.disconnect()
  })

  test('is refused with the wrong password, which is in no message (I4)', async () => {
    const error = await redisStore({ client: `redis://:wrongword@127.0.0.1:${server.port}` }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).not.toContain('wrongword')
  })

  test('is looked at without being changed', async () => {
    const url = `redis://:secret@127.0.0.1:${server.port}`
    const store = await redisStore({ client: url })
    await store.identify({ environment: 'here', keys: new Map([[1, 'one']]) })
    await store.close()
    const ioredis = new Redis(server.port, { password: 'secret' })
    const before = await ioredis.dbsize()
    await ioredis.config('SET', 'maxmemory-policy', 'allkeys-lru')
    for (const client of [url, ioredis]) {
      const report = await inspectRedis(client)
      expect(report.identity).toEqual({ environment: 'here', keys: new Map([[1, 'one']]) })
      expect(report).toMatchObject({ primaries: 1, replicas: 0, version: expect.stringMatching(/^\d+\.\d+/) as string })
      expect(report.warnings.join('\n')).toMatch(/allkeys-lru.*\n.*no replica/)
      expect(report.warnings).toHaveLength(2)
    }
    await ioredis.config('SET', 'save', '')
    expect((await inspectRedis(url)).warnings.join('\n')).toContain('Nothing is kept on the disk')
    expect(await ioredis.dbsize()).toBe(before)
    ioredis.disconnect()
  })

  test('says of one that is a replica that it is', async () => {
    const primary = await startRedis()
    const replica = await startRedis({ settings: { replicaof: `127.0.0.1 ${primary.port}` } })
    expect((await inspectRedis(replica.url)).warnings.join('\n')).toContain('This is a replica')
    expect(await ask(primary, 'DBSIZE')).toBe('0')
    await replica.remove()
    await primary.remove()
  })
})
