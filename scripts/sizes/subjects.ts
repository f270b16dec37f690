// What is weighed: the client, alone and with each of its additions, and the clients of the field that renew a session in
// a browser. Each is imported as its own documents do it, and set up as a page would, so that no bundler drops it.

export interface Subject {
  readonly name: string
  /** The installed package whose version stands beside it; none for our own. */
  readonly package?: string
  readonly lines: string
  /** Packages that the application has anyway, and that are not counted. */
  readonly external?: readonly string[]
  /** What the bytes do. */
  readonly holds: string
}

const core = `import { createClient } from 'latchkey/client'\n`
const created = `${core}export const client = createClient({ baseUrl: '/' })\n`

export const ours: readonly Subject[] = [
  {
    name: '`latchkey/client`',
    lines: created,
    holds: 'sign-in, renewal, proofs, tabs, `fetch` with replay, sign-out',
  },
  {
    name: '+ `latchkey/client/dpop`',
    lines: `${core}import { dpop } from 'latchkey/client/dpop'\nexport const client = createClient({ baseUrl: '/', proof: dpop() })\n`,
    holds: 'the same, and DPoP',
  },
  {
    name: '+ `latchkey/client/react`',
    lines: `${created}export * from 'latchkey/client/react'\n`,
    external: ['react'],
    holds: 'the same, and the hooks; without `react`',
  },
  {
    name: '+ `latchkey/client/axios`',
    lines: `${created}export * from 'latchkey/client/axios'\n`,
    external: ['axios'],
    holds: 'the same, for axios; without `axios`',
  },
  {
    name: '+ `latchkey/client/ky`',
    lines: `${created}export * from 'latchkey/client/ky'\n`,
    external: ['ky'],
    holds: 'the same, for ky; without `ky`',
  },
]

export const field: readonly Subject[] = [
  {
    name: 'axios-auth-refresh',
    package: 'axios-auth-refresh',
    lines: `import { createAuthRefresh } from 'axios-auth-refresh'
import axios from 'axios'
createAuthRefresh(axios, () => Promise.resolve())\n`,
    external: ['axios'],
    holds: 'replay after a 401, one renewal at a time; the renewal itself is yours; without `axios`',
  },
  {
    name: 'oauth4webapi',
    package: 'oauth4webapi',
    lines: `export { processRefreshTokenResponse, refreshTokenGrantRequest, None } from 'oauth4webapi'\n`,
    holds: 'the refresh grant of OAuth, once; when to renew, tabs and keeping are yours',
  },
  {
    name: '@workos-inc/authkit-js',
    package: '@workos-inc/authkit-js',
    lines: `import { createClient } from '@workos-inc/authkit-js'\nexport const client = createClient('client_1')\n`,
    holds: 'redirect to the provider, renewal, tabs',
  },
  {
    name: 'supertokens-website',
    package: 'supertokens-website',
    lines: `import * as SuperTokens from 'supertokens-website'\nSuperTokens.init({ apiDomain: 'https://api.example.com' })\n`,
    holds: 'renewal, tabs, `fetch` and `XMLHttpRequest` patched; sign-in is another package',
  },
  {
    name: 'oidc-client-ts',
    package: 'oidc-client-ts',
    lines: `import { UserManager } from 'oidc-client-ts'
export const manager = new UserManager({ authority: 'https://id.example.com', client_id: 'app', redirect_uri: 'https://app.example.com' })\n`,
    holds: 'OpenID Connect: redirect, popup, frame, renewal',
  },
  {
    name: '@supabase/auth-js',
    package: '@supabase/auth-js',
    lines: `import { GoTrueClient } from '@supabase/auth-js'\nexport const client = new GoTrueClient({ url: 'https://auth.example.com' })\n`,
    holds: 'sign-in in many ways, second factors, an administrator’s calls, renewal, tabs',
  },
  {
    name: '@auth0/auth0-spa-js',
    package: '@auth0/auth0-spa-js',
    lines: `import { createAuth0Client } from '@auth0/auth0-spa-js'
export const client = createAuth0Client({ domain: 'id.example.com', clientId: 'app' })\n`,
    holds: 'OpenID Connect: redirect and popup, renewal in a worker, DPoP',
  },
]
