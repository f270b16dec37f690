// A browser's side of cookie mode in a few lines: the headers that a page of ours sends, the cookies that come back, and a
// session that lives in them.

import { ask, type Answer } from '../helpers/requests.ts'
import { publicUrl, type Target } from './target.ts'

type Headers = Readonly<Record<string, string>>

/** What a browser and our own script send with a request from a page of ours. */
export const fromOurPage: Headers = {
  'Latchkey-Transport': 'cookie',
  'Sec-Fetch-Site': 'same-origin',
  Origin: publicUrl,
}

export const refreshName = '__Host-Http-latchkey'
export const hintName = '__Host-latchkey-session'

/** The cookies that an answer sets, by name; those that it takes away are empty. */
export const cookiesIn = ({ headers }: Answer): ReadonlyMap<string, string> =>
  new Map(
    headers.getSetCookie().map((line) => {
      const [pair = ''] = line.split(';')
      return [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
    }),
  )

/** One session in cookies. */
export class CookieSession {
  readonly #target: Target
  #cookies: ReadonlyMap<string, string>
  accessToken: string

  constructor(target: Target, answer: Answer) {
    if (answer.status !== 200) throw new Error(`expected a session, got ${answer.status} ${answer.text}`)
    this.#target = target
    this.#cookies = cookiesIn(answer)
    this.accessToken = (answer.body as { accessToken: string }).accessToken
  }

  static async signIn(target: Target, headers: Headers = {}): Promise<CookieSession> {
    const asked = { body: target.user, headers: { ...fromOurPage, ...headers } }
    return new CookieSession(target, await ask(target.url, 'POST /login', asked))
  }

  get refreshToken(): string {
    return this.#cookies.get(refreshName) ?? ''
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** A request with the cookies, and with these headers alone. */
  send(route: string, headers: Headers = fromOurPage, body?: unknown): Promise<Answer> {
    return ask(this.#target.url, route, { headers: { Cookie: this.cookie, ...headers }, body })
  }

  /** One honest renewal; the new cookies take the place of the old. */
  async renew(): Promise<Answer> {
    const answer = await this.send('POST /token')
    if (answer.status === 200) this.#cookies = cookiesIn(answer)
    return answer
  }
}
