// Metrics, on a port of their own and only where somebody asks for them: what happens to sessions is counted, nobody can
// be recognised in them, and docs/metrics.md names each of them.

import { readFileSync } from 'node:fs'
import { eventNames } from 'latchkey'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../packages/latchkey-server/src/config.ts'
import { createTelemetry } from '../../packages/latchkey-server/src/telemetry.ts'
import { ask, claimsOf, renew, signed, signIn, type Signed } from '../helpers/requests.ts'
import { freshFolder, removeFolder, runCommand, startServer, until, type TestServer } from '../helpers/server.ts'

let server: TestServer
let metricsUrl = ''
beforeAll(async () => {
  server = await startServer({ LATCHKEY_METRICS_PORT: '0' })
  metricsUrl = (JSON.parse(server.stdout.split('\n')[0] ?? '') as { metricsUrl: string }).metricsUrl
})
afterAll(() => server.remove())

async function metrics(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(metricsUrl)).text()
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

test('what happens to sessions is counted, by kind and reason', async () => {
  const before = await metrics()
  const since = async (name: string): Promise<number> => ((await metrics()).get(name) ?? 0) - (before.get(name) ?? 0)
  const first = await signIn(server.url, server.administrator)
  const keyed = await signIn(server.url, server.administrator, { 'Latchkey-Proof': 'v1' })
  await ask(server.url, 'POST /login', { body: { ...server.administrator, password: 'a wrong password' } })
  const second = signed(await renew(server.url, first.refreshToken))
  // The leeway answers the token before the newest.
  await renew(server.url, first.refreshToken)
  const third = signed(await renew(server.url, second.refreshToken))
  expect((await renew(server.url, first.refreshToken)).status).toBe(403)
  expect((await renew(server.url, keyed.refreshToken)).status).toBe(403)
  expect((await renew(server.url, third.refreshToken)).status).toBe(403)
  await ask(server.url, 'POST /logout', { body: { refreshToken: keyed.refreshToken } })
  const expected: readonly (readonly [string, number])[] = [
    ['latchkey_sign_ins_total{result="begun"}', 2],
    ['latchkey_sign_ins_total{result="refused"}', 1],
    ['latchkey_renewals_total{kind="renewed"}', 2],
    ['latchkey_renewals_total{kind="again"}', 1],
    ['latchkey_renewals_total{kind="again_deeper"}', 0],
    ['latchkey_alarms_total{kind="reuse"}', 1],
    ['latchkey_alarms_total{kind="unproved"}', 1],
    ['latchkey_alarms_total{kind="replayed"}', 0],
    ['latchkey_sessions_ended_total{reason="reuse"}', 1],
    ['latchkey_sessions_ended_total{reason="signed_out"}', 1],
    ['latchkey_http_responses_total{route="POST /login",status="200"}', 2],
    ['latchkey_http_responses_total{route="POST /token",status="403"}', 3],
    ['latchkey_throttled_total{what="sign_in"}', 0],
  ]
  for (const [name, count] of expected) expect([name, await since(name)]).toEqual([name, count])
})

test('the node’s own state: ready, its feed, the audit trail, memory and event loop', async () => {
  const written = async (): Promise<boolean> => {
    const now = await metrics()
    return (
      now.get('latchkey_audit_waiting_rows') === 0 && Number(now.get('latchkey_audit_rows_total{result="written"}')) > 0
    )
  }
  await until('the audit rows are written', written, 10_000)
  const now = await metrics()
  expect(now.get('latchkey_ready')).toBe(1)
  expect(now.get('latchkey_feed_age_seconds')).toBeLessThan(60)
  expect(now.get('latchkey_audit_rows_total{result="lost"}')).toBe(0)
  for (const name of [
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_heap_size_used_bytes',
  ])
    expect(now.has(name)).toBe(true)
})

test('no user, session, address, token or password is in them, and routes that do not exist are one series (I4, I7)', async () => {
  const ada: Signed = await signIn(server.url, server.administrator)
  for (let count = 0; count < 30; count += 1) {
    await ask(server.url, `GET /no-such-page-${count}?access_token=${ada.accessToken}`)
    await ask(server.url, `DELETE /sessions/no-such-session-${count}`, { bearer: ada.accessToken })
  }
  const text = await (await fetch(metricsUrl)).text()
  const traces = [
    String(claimsOf(ada.accessToken)['sid']),
    String(ada.user?.['id']),
    server.administrator.username,
    server.administrator.password,
    ada.refreshToken.slice(-20),
    ada.accessToken.slice(-20),
    'no-such',
  ]
  for (const trace of traces) expect(text).not.toContain(trace)
  const routes = new Set([...text.matchAll(/route="([^"]*)"/g)].map(([, route = '']) => route))
  expect([...routes].toSorted()).toEqual([
    'DELETE /sessions/:id',
    'POST /login',
    'POST /logout',
    'POST /token',
    'other',
  ])
})

test('they are on their own port alone, which answers nothing else; without a setting there are none', async () => {
  expect((await ask(server.url, 'GET /metrics')).status).toBe(404)
  const origin = new URL(metricsUrl).origin
  for (const path of ['/', '/login', '/metrics/x', '/me']) expect((await fetch(origin + path)).status).toBe(404)
  const posted = await fetch(metricsUrl, { method: 'POST' })
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET'])
  expect(metricsUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
  const without = await startServer()
  try {
    expect(JSON.parse(without.stdout.split('\n')[0] ?? '')).not.toHaveProperty('metricsUrl')
  } finally {
    await without.remove()
  }
})

test('a port that is taken, and settings that do not fit together, are said by name', async () => {
  const port = new URL(metricsUrl).port
  const folder = freshFolder()
  try {
    const ran = await runCommand(folder, ['serve', '--json'], { LATCHKEY_METRICS_PORT: port })
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toMatch(`port ${port} is taken: set LATCHKEY_METRICS_PORT to another`)
  } finally {
    removeFolder(folder)
  }
  expect(() => readConfig({ LATCHKEY_METRICS_HOST: '::1' })).toThrow(/LATCHKEY_METRICS_HOST: only with/)
  const empty = { LATCHKEY_METRICS_PORT: '', LATCHKEY_METRICS_HOST: '::1' }
  expect(() => readConfig(empty)).toThrow(/LATCHKEY_METRICS_HOST: only with/)
  expect(() => readConfig({ LATCHKEY_METRICS_PORT: '65536' })).toThrow(/LATCHKEY_METRICS_PORT/)
  expect(readConfig({ LATCHKEY_METRICS_PORT: '0', LATCHKEY_METRICS_HOST: '::1' })).toMatchObject({
    metricsPort: 0,
    metricsHost: '::1',
  })
})

test('docs/metrics.md names every metric of ours with its labels, and no other', async () => {
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  const told = [...page.matchAll(/^\| `(latchkey_\w+)` \| (\w+) \| ([^|]*) \|/gm)].map(
    ([, name = '', type, labels = '']) => `${name} ${type} ${labels.replaceAll(/[`\s]/g, '')}`,
  )
  expect(told.length).toBeGreaterThan(8)
  const engine = { on: () => () => undefined, readiness: async () => ({ ready: true, feedAgeMs: 0, detail: null }) }
  const queue = { waiting: 0, written: 0, lost: 0 }
  const { registry: all, countResponses } = createTelemetry(engine as never, { queue })
  countResponses([])
  const known = all.getMetricsAsArray().filter(({ name }) => name.startsWith('latchkey_'))
  const made = known.map((metric) => {
    const { labelNames = [] } = metric as unknown as { readonly labelNames?: readonly string[] }
    return `${metric.name} ${String(metric.type)} ${labelNames.join(',')}`
  })
  expect(told.toSorted()).toEqual(made.toSorted())
})

test('every event of the engine is counted', () => {
  const listened: string[] = []
  const on = (name: string): (() => void) => {
    listened.push(name)
    return () => undefined
  }
  createTelemetry({ on } as never, { queue: { waiting: 0, written: 0, lost: 0 } })
  // One that was evicted is told as revoked too.
  expect([...listened, 'evicted'].toSorted()).toEqual([...eventNames].toSorted())
})
