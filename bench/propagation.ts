// Times one sign-out: a loop asks the second node without a pause, each answer checked, until it refuses; meanwhile the
// first is told to end the session.

import { Agent, request } from 'node:http'
import type { SeedSession } from './server/seed.ts'

export interface SignOut {
  /** From the arrival of the 204 to that of the first refusal; below nothing where the refusal came first. */
  readonly fromAnswerMs: number
  readonly fromSendingMs: number
  /** Requests to the second node. */
  readonly requests: number
}

const patienceMs = 10_000
/** More than the longest pause between two looks of a store, so that sign-outs fall anywhere between them. */
const longestPauseMs = 50
const afterwards = 3
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

export async function timeSignOut(one: number, other: number, session: SeedSession): Promise<SignOut> {
  const look = (): Promise<number> => ask(other, 'GET', '/me', { authorization: `Bearer ${session.access}` })
  if ((await look()) !== 200) throw new Error('the second node does not know the session')
  await new Promise((resolve) => setTimeout(resolve, Math.random() * longestPauseMs))
  const sentAt = performance.now()
  const [{ refusedAt, requests }, answeredAt] = await Promise.all([watch(look), signOut(one, session)])
  for (let again = 0; again < afterwards; again += 1) {
    if ((await look()) !== 401) throw new Error('a refused access token was accepted again')
  }
  return {
    fromAnswerMs: refusedAt - answeredAt,
    fromSendingMs: refusedAt - sentAt,
    requests: requests + 1 + afterwards,
  }
}

// Resolves with the instant of the answer.
async function signOut(port: number, { refresh: refreshToken }: SeedSession): Promise<number> {
  const body = JSON.stringify({ refreshToken })
  const status = await ask(port, 'POST', '/logout', { 'content-type': 'application/json' }, body)
  if (status !== 204) throw new Error(`a sign-out was answered with ${status}`)
  return performance.now()
}

async function watch(look: () => Promise<number>): Promise<{ readonly refusedAt: number; readonly requests: number }> {
  const giveUpAt = performance.now() + patienceMs
  for (let requests = 1; ; requests += 1) {
    const status = await look()
    const now = performance.now()
    if (status === 401) return { refusedAt: now, requests }
    if (status !== 200) throw new Error(`a live session was answered with ${status}`)
    if (now > giveUpAt) throw new Error(`after ${patienceMs} ms the second node had not heard of a sign-out`)
  }
}

function ask(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers, agent }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode ?? 0))
    })
    asked.once('error', reject)
    asked.end(body)
  })
}
