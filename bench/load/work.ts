// What a connection asks and what the right answer is. Refreshes chain: each answer's token is the next request's, and
// a token that is not exactly one generation newer is a wrong answer.

import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Seed } from '../server/seed.ts'

interface Reply {
  readonly status: string
  readonly head: string
  readonly body: string
}

export interface Work {
  readonly request: (connection: number) => string | Buffer
  /** Throws where the answer is wrong. */
  readonly check: (connection: number, reply: Reply) => void
}

/** Work as the parent names it; `file` is what a server has seeded. */
export type WorkName =
  | { readonly kind: 'get' | 'refresh'; readonly file: string }
  | { readonly kind: 'login'; readonly username: string; readonly password: string }

const common = 'Host: 127.0.0.1\r\nUser-Agent: latchkey-bench/1\r\n'

export function createWork(name: WorkName, connections: number): Work {
  if (name.kind === 'login') return loginWork(name.username, name.password)
  const seed = JSON.parse(readFileSync(name.file, 'utf8')) as Seed
  return name.kind === 'get' ? getWork(seed, connections) : refreshWork(seed, connections)
}

/** Which of many each connection takes: every one of them in turn, none twice at a time. */
function takeTurns<Item>(items: readonly Item[], connections: number): (connection: number) => Item {
  const next = Array.from({ length: connections }, (_, connection) => connection % items.length)
  return (connection) => {
    const at = next[connection] ?? 0
    next[connection] = at + connections < items.length ? at + connections : connection % items.length
    return items[at] as Item
  }
}

function getWork({ sessions, body }: Seed, connections: number): Work {
  const requests = sessions.map(({ access }) =>
    Buffer.from(`GET /me HTTP/1.1\r\n${common}Authorization: Bearer ${access}\r\n\r\n`, 'latin1'),
  )
  return {
    request: takeTurns(requests, connections),
    check: (_, reply) => {
      if (reply.status !== '200' || reply.body !== body) throw new Error(`not 200 with ${body}`)
    },
  }
}

interface Chained {
  token: string
  nonce: string | null
  readonly key: KeyObject | null
}

function refreshWork({ sessions, chains }: Seed, connections: number): Work {
  const chained = sessions.map(({ refresh: token, nonce, key }): Chained => {
    return { token, nonce, key: key === null ? null : createSecretKey(Buffer.from(key, 'base64url')) }
  })
  const take = takeTurns(chained, connections)
  const current: Chained[] = []
  return {
    request: (connection) => {
      const session = take(connection)
      current[connection] = session
      return refreshRequest(session)
    },
    check: (connection, reply) => {
      const session = current[connection]
      if (session === undefined || reply.status !== '200') throw new Error('not 200')
      const token = between(reply.body, '"refreshToken":"', '"')
      if (token === session.token) throw new Error('the same token')
      if (chains && generationOf(token) !== generationOf(session.token) + 1) throw new Error('not the next generation')
      if (between(reply.body, '"accessToken":"', '"').length < 200) throw new Error('no access token')
      session.token = token
      if (session.key !== null) session.nonce = between(reply.head, 'Latchkey-Nonce: ', '\r\n')
    },
  }
}

function refreshRequest({ token, nonce, key }: Chained): string {
  const proof = key === null || nonce === null ? '' : `Latchkey-Proof: v1.${nonce}.${macOf(key, nonce, token)}\r\n`
  const length = token.length + 19
  return `POST /token HTTP/1.1\r\n${common}${proof}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n{"refreshToken":"${token}"}`
}

// As docs/protocol.md says of a proof.
function macOf(key: KeyObject, nonce: string, token: string): string {
  const hash = createHash('sha256').update(token).digest('base64url')
  return createHmac('sha256', key).update(`latchkey/proof/v1\nrefresh\n${nonce}\n${hash}`).digest('base64url')
}

const generationOf = (token: string): number => Buffer.from(token.slice(5), 'base64url').readUInt32BE(17)

function between(text: string, before: string, after: string): string {
  const start = text.indexOf(before) + before.length
  const end = start < before.length ? -1 : text.indexOf(after, start)
  if (end === -1) throw new Error(`no ${before}`)
  return text.slice(start, end)
}

function loginWork(username: string, password: string): Work {
  const body = JSON.stringify({ username, password })
  const request = Buffer.from(
    `POST /login HTTP/1.1\r\n${common}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  return {
    request: () => request,
    check: (_, { status, body: answer }) => {
      if (status !== '200' || !answer.includes('"refreshToken":"lkr1_')) throw new Error('not signed in')
    },
  }
}
