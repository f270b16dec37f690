// A page on oidc-client-ts: its own timer renews ahead of expiry, and where the page finds an access token that has
// expired all the same, it calls signinSilent(), as its documentation says. The sign-in is ours, because there is no
// provider's page to go to and to come back from; from then on the library is on its own.

import { ErrorResponse, User, UserManager, WebStorageStateStore, type UserManagerSettings } from 'oidc-client-ts'
import { credentials } from '../../client/page-app.ts'
import { expose, type Field } from './expose.ts'

interface Answer {
  readonly accessToken: string
  readonly refreshToken: string
  readonly tokenType: string
  readonly expiresIn: number
}

/** Puts the library on `window.app`; with DPoP, where it is given a place for the keys. */
export function start(dpop?: UserManagerSettings['dpop']): void {
  const manager = new UserManager({
    authority: location.origin,
    metadataUrl: `${location.origin}/.well-known/oauth-authorization-server`,
    client_id: 'first-party',
    redirect_uri: `${location.origin}/callback`,
    // The default is sessionStorage, with which every tab is a session of its own.
    userStore: new WebStorageStateStore({ store: localStorage }),
    ...(dpop === undefined ? {} : { dpop }),
  })
  const accessToken = (): Promise<string | null> => freshToken(manager)
  expose({
    signIn: () => signIn(manager),
    signOut: async () => {
      await manager.revokeTokens()
      await manager.removeUser()
    },
    accessToken,
    // It keeps the user of a session that is over, and an application learns that by asking for a token.
    isSignedIn: () =>
      accessToken().then(
        (token) => token !== null,
        () => true,
      ),
    ended: endsOf(manager),
    ...(dpop === undefined ? {} : { headers: proved(manager) }),
  })
}

async function freshToken(manager: UserManager): Promise<string | null> {
  const user = await manager.getUser()
  if (user === null || user.expired !== true) return user?.access_token ?? null
  try {
    return (await manager.signinSilent())?.access_token ?? null
  } catch (error) {
    // The one refusal of OAuth that means the token; everything else says nothing about the session.
    if (error instanceof ErrorResponse && error.error === 'invalid_grant') return null
    throw error
  }
}

// It tells that a session is over, and not why.
function endsOf(manager: UserManager): string[] {
  const ended: string[] = []
  manager.events.addUserUnloaded(() => void ended.push('signed_out'))
  return ended
}

const proved =
  (manager: UserManager): NonNullable<Field['headers']> =>
  async (token, nonce) => {
    const proof = await manager.dpopProof(`${location.origin}/me`, holderOf(token), 'GET', nonce)
    return { Authorization: `DPoP ${token}`, DPoP: proof ?? '' }
  }

// Of a user the library's proof needs the access token alone: the one that is sent, which need not be the newest by now.
const holderOf = (token: string): User => new User({ access_token: token, token_type: 'DPoP', profile })

const profile = { sub: credentials.username, iss: location.origin, aud: 'first-party', exp: 0, iat: 0 }

async function signIn(manager: UserManager): Promise<void> {
  const { dpop } = manager.settings
  if (dpop !== undefined) await manager.generateDPoPJkt(dpop)
  const url = `${location.origin}/login`
  const post = async (nonce?: string): Promise<Response> => {
    const proof = await manager.dpopProof(url, holderOf(''), 'POST', nonce)
    const headers = { 'Content-Type': 'application/json', ...(proof === undefined ? {} : { DPoP: proof }) }
    return fetch(url, { method: 'POST', headers, body: JSON.stringify(credentials) })
  }
  let answer = await post()
  const nonce = answer.headers.get('DPoP-Nonce')
  if (answer.status === 401 && nonce !== null) answer = await post(nonce)
  if (!answer.ok) throw new Error(`sign-in: ${answer.status}`)
  await keep(manager, (await answer.json()) as Answer)
}

// What the library itself does with the user that comes back from a provider.
async function keep(manager: UserManager, { accessToken, refreshToken, tokenType, expiresIn }: Answer): Promise<void> {
  const user = new User({ access_token: accessToken, refresh_token: refreshToken, token_type: tokenType, profile })
  user.expires_in = expiresIn
  await manager.storeUser(user)
  await manager.events.load(user)
}
