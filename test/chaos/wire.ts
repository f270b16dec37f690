// One request on the wire, recorded whatever becomes of it: answered, lost because the client hung up right after
// sending, lost because the node died, or given up. A client that hangs up cannot know whether the server has acted.

import type { Answer } from '../helpers/requests.ts'
import { markOf, type Exchange } from './history.ts'
import { patienceMs } from './limits.ts'
import type { World } from './world.ts'

export interface Sending extends Pick<Exchange, 'who' | 'kind' | 'route' | 'node'> {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Readonly<Record<string, string>>
  /** The refresh token in it, if any. */
  readonly refreshToken?: string
  readonly session?: string
  readonly accessSince?: number
  /** Hang up after so many milliseconds. */
  readonly hangUpMs?: number
}

const paths = { login: '/login', renew: '/token', me: '/me', logout: '/logout' } as const

/** Sends one request and records it; null where no answer was had. */
export async function send(world: World, sending: Sending): Promise<Answer | null> {
  const { who, kind, route, node, refreshToken } = sending
  const presented = refreshToken === undefined ? null : markOf(refreshToken)
  const sentAt = world.history.now()
  const answer = await answerOf(world.nodes[node]!.url, sending).catch(() => null)
  const endedAt = world.history.now()
  const got = tokenIn(answer, route)
  const exchange = { who, kind, route, node, presented, sentAt, endedAt, got }
  world.history.note({
    ...exchange,
    session: sending.session ?? presented?.session ?? got?.session ?? null,
    accessSince: sending.accessSince ?? null,
    status: answer?.status ?? null,
    reason: (answer?.body as { reason?: string } | undefined)?.reason ?? null,
  })
  return answer
}

async function answerOf(url: string, { route, headers, body, hangUpMs }: Sending): Promise<Answer> {
  const response = await fetch(url + paths[route], {
    method: route === 'me' ? 'GET' : 'POST',
    headers: { Accept: 'application/problem+json', 'Content-Type': 'application/json', ...headers },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(hangUpMs ?? patienceMs),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: jsonOf(text) }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const tokenIn = (answer: Answer | null, route: Exchange['route']): Exchange['got'] =>
  answer?.status === 200 && route !== 'me' ? markOf((answer.body as { refreshToken: string }).refreshToken) : null
