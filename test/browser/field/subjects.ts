// The two clients of the field as subjects of the scenarios, each bundled as an application would bundle it.

import { bundleOf } from '../client/bundle.ts'
import type { Subject } from '../client/subject.ts'
import { goTrue, goTruePath } from './gotrue.ts'

/** `@supabase/auth-js`, with its own wire in front of our engine. */
export const supabase: Subject = {
  name: '@supabase/auth-js',
  isProved: false,
  bundle: () => bundleOf(new URL('page/supabase.ts', import.meta.url)),
  routes: (app, { latchkey }) => void app.use(goTruePath, goTrue(latchkey)),
  isRenewal: (method, url) =>
    method === 'POST' &&
    url.pathname === `${goTruePath}/token` &&
    url.searchParams.get('grant_type') === 'refresh_token',
}

/** `oidc-client-ts`, on our routes for OAuth clients. */
export const oidcClient: Subject = {
  name: 'oidc-client-ts',
  isProved: false,
  bundle: () => bundleOf(new URL('page/oidc-client.ts', import.meta.url)),
}

/** The same with its option `dpop`. */
export const oidcClientDpop: Subject = {
  name: 'oidc-client-ts, DPoP',
  isProved: true,
  bundle: () => bundleOf(new URL('page/oidc-client-dpop.ts', import.meta.url)),
}
