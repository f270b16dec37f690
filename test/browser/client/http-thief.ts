// A thief without a browser: he has the cookies and says of himself whatever he likes.

import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { Cookie } from 'playwright-core'
import { host } from './site.ts'

export interface Loot {
  readonly status: number
  /** Reason of a refusal; empty where there is none. */
  readonly reason: string
  readonly text: string
  /** The cookies that it sets, as a `Cookie` header. */
  readonly cookie: string
}

/** Sends one request to the site, as if a page of ours had, and with these headers. */
export function send(
  origin: string,
  route: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<Loot> {
  const [method, path] = route.split(' ')
  const { port } = new URL(origin)
  const { promise, resolve, reject } = Promise.withResolvers<Loot>()
  const asked = request(
    {
      host: '127.0.0.1',
      port,
      method,
      path,
      servername: host,
      rejectUnauthorized: false,
      agent: false,
      headers: { Host: `${host}:${port}`, Accept: 'application/problem+json', ...asOurPage(origin), ...headers },
    },
    (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => resolve(lootOf(answer, Buffer.concat(parts).toString())))
    },
  )
  asked.on('error', reject)
  asked.end(body === undefined ? undefined : JSON.stringify(body))
  return promise
}

/** The `Cookie` header of a jar. */
export const cookieHeader = (jar: readonly Cookie[]): string =>
  jar.map(({ name, value }) => `${name}=${value}`).join('; ')

const asOurPage = (origin: string): Readonly<Record<string, string>> => ({
  Origin: origin,
  'Sec-Fetch-Site': 'same-origin',
  'Content-Type': 'application/json',
  'Latchkey-Transport': 'cookie',
})

function lootOf({ statusCode: status = 0, headers }: IncomingMessage, text: string): Loot {
  const { reason = '' } = (text.startsWith('{') ? JSON.parse(text) : {}) as { reason?: string }
  const cookie = (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ')
  return { status, text, cookie, reason }
}
