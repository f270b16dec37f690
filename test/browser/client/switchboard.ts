// Stands before the server and lets things go wrong, for real: an answer is lost after the server has done its work, or
// waits; a connection is cut; somebody else answers (a captive portal, a proxy in trouble). It counts what comes by.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

/** An answer of somebody who is not our server. */
export interface Foreign {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** `lose`: the server does its work, and its answer never arrives. `cut`: the connection ends before anybody has read the request. */
export type Fault = 'lose' | 'cut' | Foreign

/** Renewals that wait. */
export interface Hold {
  /** Resolves when the first one has come this far. */
  readonly reached: Promise<void>
  /** Resolves when the first one's connection is gone: nobody waits for that answer any more. */
  readonly abandoned: Promise<void>
  /** Lets them go on, and whatever comes later pass. */
  readonly release: () => void
}

interface Gate extends Hold {
  readonly where: 'before' | 'after'
  readonly enter: (res: ServerResponse) => Promise<void>
}

interface Broken {
  readonly what: 'renewals' | 'all'
  readonly fault: Fault
}

export class Switchboard {
  readonly #isRenewal: (req: IncomingMessage) => boolean
  readonly #isPage: (req: IncomingMessage) => boolean
  #broken: Broken | undefined
  #gate: Gate | undefined
  #thawed: Promise<void> = Promise.resolve()
  readonly #inside = new Set<Promise<void>>()
  /** Renewals that have come to the server's door, those that met a fault among them. */
  renewals = 0
  /** Requests that met the fault. */
  faults = 0

  constructor(isRenewal: (req: IncomingMessage) => boolean, isPage: (req: IncomingMessage) => boolean) {
    this.#isRenewal = isRenewal
    this.#isPage = isPage
  }

  /** From now on these requests meet this fault; the pages themselves and their scripts never do. */
  break(what: 'renewals' | 'all', fault: Fault): void {
    this.#broken = { what, fault }
  }

  mend(): void {
    this.#broken = undefined
  }

  /** From now on renewals wait: before the server hears of them, or after it has done its work. */
  hold(where: 'before' | 'after'): Hold {
    this.#gate = gateAt(where)
    return this.#gate
  }

  /** While time is put forward nothing is in the server, and nothing reaches it: it goes on when the function is called. */
  async freeze(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#thawed = promise
    // A clock that is put forward under a store call looks like a store that has hung.
    while (this.#inside.size > 0) await Promise.race(this.#inside)
    return resolve
  }

  /** Puts the faults in front of a server. */
  before(server: RequestListener): RequestListener {
    return (req, res) => void this.#pass(req, res, server)
  }

  async #pass(req: IncomingMessage, res: ServerResponse, server: RequestListener): Promise<void> {
    const isRenewal = this.#isRenewal(req)
    if (isRenewal) this.renewals += 1
    if (!this.#isPage(req)) await this.#thawed
    const gate = isRenewal ? this.#gate : undefined
    if (gate?.where === 'before') await gate.enter(res)
    const fault = this.#faultOf(req, isRenewal)
    if (fault === 'cut') return void req.socket.destroy()
    if (fault === 'lose') afterwards(res, async () => void req.socket.destroy())
    else if (fault !== undefined) return answer(req, res, fault)
    if (gate?.where === 'after') afterwards(res, () => gate.enter(res))
    const served = ended(res)
    this.#inside.add(served)
    void served.then(() => this.#inside.delete(served))
    server(req, res)
  }

  #faultOf(req: IncomingMessage, isRenewal: boolean): Fault | undefined {
    const broken = this.#broken
    if (broken === undefined || (broken.what === 'renewals' ? !isRenewal : this.#isPage(req))) return undefined
    this.faults += 1
    return broken.fault
  }
}

function gateAt(where: Gate['where']): Gate {
  const reached = Promise.withResolvers<void>()
  const abandoned = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const enter = (res: ServerResponse): Promise<void> => {
    res.once('close', () => abandoned.resolve())
    reached.resolve()
    return released.promise
  }
  return {
    where,
    enter,
    reached: reached.promise,
    abandoned: abandoned.promise,
    release: () => released.resolve(),
  }
}

// An answer leaves the server when it is ended: nothing of it is sent before.
function afterwards(res: ServerResponse, work: () => Promise<void>): void {
  const end = res.end.bind(res)
  res.end = ((...given: []) => {
    void work().then(() => (res.destroyed ? undefined : end(...given)))
    return res
  }) as typeof res.end
}

// Resolves when the server has said its last word, or nobody is there to hear it.
function ended(res: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const end = res.end.bind(res)
  res.end = ((...given: []) => {
    resolve()
    return end(...given)
  }) as typeof res.end
  res.once('close', () => resolve())
  return promise
}

function answer(req: IncomingMessage, res: ServerResponse, { status, headers, body }: Foreign): void {
  req.resume()
  res.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headers }).end(body)
}
