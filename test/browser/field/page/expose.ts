// What the pages have in common: a protected request with the token that the client gives, as an application sends it,
// and `window.app` for the scenarios.

import type { PageApp } from '../../client/page-app.ts'

/** The headers of GET /me with this access token; `nonce` is the server's, where it has just asked for it. */
export type MakeHeaders = (accessToken: string, nonce?: string) => Promise<Record<string, string>>

/** A client of the field as its page uses it. `accessToken` is null where nobody is signed in, and rejects where none is to be had now. */
export interface Field extends Pick<PageApp, 'signIn' | 'signOut' | 'isSignedIn' | 'ended'> {
  readonly accessToken: () => Promise<string | null>
  /** A bearer token, where nothing is said. */
  readonly headers?: MakeHeaders
}

const bearer: MakeHeaders = async (token) => ({ Authorization: `Bearer ${token}` })

/** Puts the page's side of a scenario on `window.app`. */
export function expose({ accessToken, headers = bearer, ...field }: Field): void {
  const call = async (): Promise<number> => {
    const token = await accessToken()
    if (token === null) return 401
    const first = await fetch('/me', { headers: await headers(token) })
    // RFC 9449 s9: once more, with the nonce that the server asks for. There is none in an answer to a bearer token.
    const nonce = first.status === 401 ? first.headers.get('DPoP-Nonce') : null
    if (nonce === null) return first.status
    return (await fetch('/me', { headers: await headers(token, nonce) })).status
  }
  const app: PageApp = {
    ...field,
    call: () => call().catch(() => 0),
    accessToken: () =>
      accessToken().then(
        (token) => token ?? '',
        () => '',
      ),
  }
  Object.assign(globalThis, { app })
}
