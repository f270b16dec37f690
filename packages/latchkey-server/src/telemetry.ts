// Metrics for Prometheus, in a registry of their own: what happens to sessions, what is answered, and how this node is. No
// label names a user, a session or an address, so nothing secret can be in them (I4), and there are as many series as
// there are kinds, reasons, routes and statuses, and no more (I7).

import type { RequestHandler } from 'express'
import { endReasons, type Latchkey, type Readiness } from 'latchkey'
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { AuditTrail } from './audit/trail.ts'

export interface Telemetry {
  readonly registry: Registry
  /** Counts what is answered, by route and status. `routes` as `METHOD /path`. */
  readonly countResponses: (routes: readonly string[]) => RequestHandler
}

/** Begins to count what this engine tells. */
export function createTelemetry(latchkey: Latchkey, audit: Pick<AuditTrail, 'queue'>): Telemetry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  countSignIns(latchkey, registry)
  countRenewals(latchkey, registry)
  countAlarms(latchkey, registry)
  countEndings(latchkey, registry)
  gaugeAudit(audit, registry)
  gaugeNode(latchkey, registry)
  return { registry, countResponses: (routes) => countResponses(registry, routes) }
}

// Every series is there from the start, with 0: an alarm on one that nobody has met yet must be possible.
function counter(registry: Registry, name: string, help: string, label: string, values: readonly string[]): Count {
  const counted = new Counter({ name, help, labelNames: [label], registers: [registry] })
  for (const value of values) counted.inc({ [label]: value }, 0)
  return (value) => counted.inc({ [label]: value })
}

type Count = (value: string) => void

function countSignIns(latchkey: Latchkey, registry: Registry): void {
  const help = 'Sign-ins, by how they ended.'
  const count = counter(registry, 'latchkey_sign_ins_total', help, 'result', ['begun', 'refused'])
  latchkey.on('signed_in', () => count('begun'))
  latchkey.on('sign_in_refused', () => count('refused'))
  const tries = 'Tries that were too many, by what was tried.'
  const throttled = counter(registry, 'latchkey_throttled_total', tries, 'what', ['sign_in', 'client', 'renewal'])
  latchkey.on('throttled', ({ what }) => throttled(what))
}

function countRenewals(latchkey: Latchkey, registry: Registry): void {
  const help = 'Renewals that were answered, by kind; a growing number of again_deeper is the trace of copied devices.'
  const kinds = ['renewed', 'again', 'again_deeper', 'healed']
  const count = counter(registry, 'latchkey_renewals_total', help, 'kind', kinds)
  latchkey.on('renewed', () => count('renewed'))
  latchkey.on('again', ({ depth }) => count(depth > 1 ? 'again_deeper' : 'again'))
  latchkey.on('healed', () => count('healed'))
}

function countAlarms(latchkey: Latchkey, registry: Registry): void {
  const kinds = ['reuse', 'unproved', 'replayed', 'store_regressed'] as const
  const help = 'What somebody should look at, by the event of docs/events.md.'
  const count = counter(registry, 'latchkey_alarms_total', help, 'kind', kinds)
  for (const kind of kinds) latchkey.on(kind, () => count(kind))
}

function countEndings(latchkey: Latchkey, registry: Registry): void {
  const help = 'Sessions that ended, by reason; `expired` where a token came after the end of its life.'
  const count = counter(registry, 'latchkey_sessions_ended_total', help, 'reason', [...endReasons, 'expired'])
  latchkey.on('revoked', ({ reason }) => count(reason))
  latchkey.on('expired', () => count('expired'))
}

function gaugeAudit({ queue }: Pick<AuditTrail, 'queue'>, registry: Registry): void {
  const registers = [registry]
  const rows = new Counter({
    name: 'latchkey_audit_rows_total',
    help: 'Rows of the audit trail since the start, by what became of them; lost ones are an alarm.',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset()
      this.inc({ result: 'written' }, queue.written)
      this.inc({ result: 'lost' }, queue.lost)
    },
  })
  rows.inc({ result: 'lost' }, 0)
  new Gauge({
    name: 'latchkey_audit_waiting_rows',
    help: 'Rows of the audit trail that wait to be written.',
    registers,
    collect() {
      this.set(queue.waiting)
    },
  }).set(0)
}

function gaugeNode(latchkey: Latchkey, registry: Registry): void {
  const registers = [registry]
  // Both gauges are gathered together, and the store is asked once.
  let asked: Promise<Readiness> | undefined
  const ask = (): Promise<Readiness> => {
    asked ??= latchkey.readiness().finally(() => {
      asked = undefined
    })
    return asked
  }
  new Gauge({
    name: 'latchkey_feed_age_seconds',
    help: 'How old the knowledge of revoked sessions is on this node.',
    registers,
    async collect() {
      this.set((await ask()).feedAgeMs / 1000)
    },
  }).set(0)
  new Gauge({
    name: 'latchkey_ready',
    help: '1 where this node can serve, as /readyz says.',
    registers,
    async collect() {
      this.set((await ask()).ready ? 1 : 0)
    },
  }).set(0)
}

function countResponses(registry: Registry, routes: readonly string[]): RequestHandler {
  const responses = new Counter({
    name: 'latchkey_http_responses_total',
    help: 'Answers, by route and status; `other` for whatever is no route.',
    labelNames: ['route', 'status'],
    registers: [registry],
  })
  const known = new Set(routes)
  return (req, res, next) => {
    const path = req.path.replace(/^\/sessions\/[^/]+\/?$/, '/sessions/:id').replace(/(?<=.)\/$/, '')
    const route = known.has(`${req.method} ${path}`) ? `${req.method} ${path}` : 'other'
    res.once('finish', () => responses.inc({ route, status: String(res.statusCode) }))
    next()
  }
}
