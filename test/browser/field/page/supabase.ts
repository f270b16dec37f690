// A page on supabase's client, used as its own data client does: ask for the session before each request, and send the
// access token that comes. Nothing is set that has a default.

import { AuthClient, isAuthRetryableFetchError, type Session } from '@supabase/auth-js'
import { credentials } from '../../client/page-app.ts'
import { expose } from './expose.ts'

const auth = new AuthClient({ url: `${location.origin}/auth/v1` })
const ended: string[] = []
// It tells that a session is over, and not why.
auth.onAuthStateChange((event) => {
  if (event === 'SIGNED_OUT') ended.push('signed_out')
})

// A renewal that may be tried again is no word about the session: that much its documentation tells an application.
async function session(): Promise<Session | null> {
  const { data, error } = await auth.getSession()
  if (isAuthRetryableFetchError(error)) throw error
  return data.session
}

expose({
  signIn: async () => {
    const { error } = await auth.signInWithPassword({ email: credentials.username, password: credentials.password })
    if (error !== null) throw error
  },
  signOut: async () => {
    await auth.signOut()
  },
  accessToken: async () => (await session())?.access_token ?? null,
  isSignedIn: () =>
    session().then(
      (found) => found !== null,
      () => true,
    ),
  ended,
})
