// A browser as far as cookies go: keeps what answers set, sends it back, and says with every request what a browser says
// of the page that asks. A test can make it say something else, as another site's page would. Not fetch, which writes
// some of these headers itself.

import { request, type IncomingHttpHeaders } from 'node:http'
import type { Answer } from '../helpers/requests.ts'

export const ownOrigin = 'https://app.example'

/** What a browser adds to a request of one of our own pages. */
export const fromOwnPage = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors', Origin: ownOrigin } as const
/** The header that no form can send. */
export const cookieMode = { 'Latchkey-Transport': 'cookie' } as const

export const names = {
  refresh: '__Host-Http-latchkey',
  access: '__Host-Http-latchkey-access',
  sessionId: '__Host-latchkey-session',
} as const

export type Headers = Readonly<Record<string, string | string[]>>

export interface PageAnswer extends Omit<Answer, 'headers'> {
  readonly headers: IncomingHttpHeaders
  /** The Set-Cookie lines, as they came. */
  readonly set: readonly string[]
}

export interface PageAsked {
  /** A text goes as it is, anything else as JSON. */
  readonly body?: unknown
  /** In the place of what a page of ours says. */
  readonly headers?: Headers
  /** Beside what the page says. */
  readonly more?: Headers
}

/** One request with exactly these headers. */
export function send(url: string, route: string, headers: Headers, body?: unknown): Promise<PageAnswer> {
  const [method = '', path = ''] = route.split(' ')
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const type = text === undefined || 'Content-Type' in headers ? {} : { 'Content-Type': 'application/json' }
  return new Promise((resolve, reject) => {
    const asked = request(url + path, { method, agent: false, headers: { ...type, ...headers } }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const said = Buffer.concat(chunks).toString()
        const set = answer.headers['set-cookie'] ?? []
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, set, text: said, body: jsonOf(said) })
      })
    })
    asked.on('error', reject)
    asked.end(text)
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A page of ours, with the cookies of its browser. */
export class PageClient {
  readonly url: string
  readonly jar = new Map<string, string>()

  constructor(url: string) {
    this.url = url
  }

  /** The Cookie header of this browser; nothing where it has no cookies. */
  get cookies(): Headers {
    const pairs = [...this.jar].map(([name, value]) => `${name}=${value}`)
    return pairs.length === 0 ? {} : { Cookie: pairs.join('; ') }
  }

  get refreshToken(): string {
    return this.jar.get(names.refresh) ?? ''
  }

  /** Asks as a page of ours does from script, and keeps the cookies. */
  async ask(route: string, { body, headers, more }: PageAsked = {}): Promise<PageAnswer> {
    const said = headers ?? { ...fromOwnPage, ...cookieMode }
    return this.keep(await send(this.url, route, { ...said, ...more, ...this.cookies }, body))
  }

  /** Goes to a page, or loads a part of one; by an address that was typed, where nothing is said. */
  async visit(route: string, headers: Headers = navigation('none')): Promise<PageAnswer> {
    return this.keep(await send(this.url, route, { ...headers, ...this.cookies }))
  }

  async signIn(body: unknown, more: Headers = {}): Promise<PageAnswer> {
    const answer = await this.ask('POST /login', { body, more })
    if (answer.status !== 200) throw new Error(`expected tokens, got ${answer.status} ${answer.text}`)
    return answer
  }

  keep(answer: PageAnswer): PageAnswer {
    for (const line of answer.set) {
      const [pair = ''] = line.split(';')
      const name = pair.slice(0, pair.indexOf('='))
      if (/; *max-age=0(;|$)/i.test(line)) this.jar.delete(name)
      else this.jar.set(name, pair.slice(pair.indexOf('=') + 1))
    }
    return answer
  }
}

/** What a browser says when a user goes to a page. */
export const navigation = (site: string): Headers => ({
  'Sec-Fetch-Site': site,
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
})

/** What it says when a page loads a part of itself. */
export const part = (site = 'same-origin'): Headers => ({
  'Sec-Fetch-Site': site,
  'Sec-Fetch-Mode': 'no-cors',
  'Sec-Fetch-Dest': 'image',
})
