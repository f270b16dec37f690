// OWASP ASVS 5.0.0, chapter V10, in our words. Most of it is about the authorization endpoint, about OAuth clients and
// about OpenID Connect, none of which is here; what is left concerns tokens, clients and resources.

import { apart, kept, missing, partly, type Chapter } from './cited-lines.ts'

const noCode = 'There is no authorization endpoint'
const noClient = 'Latchkey is no OAuth client'
const noOpenId = 'Latchkey is no OpenID provider or relying party'

export const oauth: Chapter = {
  title: 'V10 OAuth and OIDC',
  requirements: [
    kept(
      '10.1.1',
      'L2',
      'Tokens go only where they are needed',
      'Page script never sees a refresh token in cookie mode',
      'CK-2 RT-10',
    ),
    apart('10.1.2', 'L2', 'A client takes only answers to its own requests', noClient),
    apart('10.2.1', 'L2', 'PKCE or state against forgery in the code flow', noClient),
    apart('10.2.2', 'L2', 'A defence against mix-up of servers', noClient),
    apart('10.2.3', 'L3', 'A client asks for the scopes it needs', noClient),
    kept('10.3.1', 'L2', 'The resource checks the audience', '401 for another one', 'AT-3'),
    kept('10.3.2', 'L2', 'The resource decides by `sub` and `scope`', '`requireAuth({ scope })`: 403', 'SU-7'),
    kept('10.3.3', 'L2', 'A user is known by what nobody else gets', '`sub`, an id for ever, under one `iss`', 'AT-6'),
    kept(
      '10.3.4',
      'L2',
      'Strength and age of the sign-in are checked where they matter',
      '401 with `max_age`, `acr_values`',
      'SU-1 SU-3',
    ),
    partly(
      '10.3.5',
      'L3',
      'Access tokens are bound to their holder',
      'DPoP, where a sign-in or a client asks for it; other tokens are bearer tokens',
      'DP-10 DP-11',
    ),
    apart('10.4.1', 'L1', 'Redirect addresses are compared exactly', noCode),
    apart('10.4.2', 'L1', 'A code works once', noCode),
    apart('10.4.3', 'L1', 'A code lives shortly', noCode),
    kept(
      '10.4.4',
      'L1',
      'Each client has the grants that it needs; neither password nor implicit',
      'The refresh grant alone, by client',
      'RT-11 TE-7',
    ),
    partly(
      '10.4.5',
      'L1',
      'Replay of refresh tokens is met by binding, or by rotation that ends the session',
      'Both. But plain sessions have a leeway of 10 s, inside which the last token is answered again; 0 turns it off',
      'RT-1 RT-3 RT-4 DP-8',
    ),
    apart('10.4.6', 'L2', 'PKCE', noCode),
    apart('10.4.7', 'L2', 'Dynamic registration is mitigated', 'Clients are registered by the operator alone'),
    kept('10.4.8', 'L2', 'An absolute end for refresh tokens', '30 days, at most 400', 'RT-7'),
    kept(
      '10.4.9',
      'L2',
      'A user can revoke his tokens',
      'By session: routes, and the page of the ready server',
      'RT-16',
    ),
    kept(
      '10.4.10',
      'L2',
      'Confidential clients authenticate at every endpoint',
      '401 `invalid_client`',
      'RT-5 RV-1 IN-1',
    ),
    kept('10.4.11', 'L2', 'A client gets the scopes that it needs', 'Its registration is the bound', 'RT-6'),
    apart('10.4.12', 'L3', 'Response modes by client', noCode),
    apart('10.4.13', 'L3', 'Pushed authorization requests', noCode),
    partly(
      '10.4.14',
      'L3',
      'Only bound access tokens are issued',
      'Where the client is registered so, or the sign-in asks for it; not for all',
      'DP-9 DP-11',
    ),
    apart('10.4.15', 'L3', 'Authorization details come from the backend', noCode),
    missing(
      '10.4.16',
      'L3',
      'Clients prove themselves by public keys',
      'Clients have secrets of 256 random bits; tokens may be bound by DPoP',
    ),
    apart(
      '10.5.1 – 10.5.5',
      'L2',
      'Relying parties: nonce, subject, issuer, audience, back-channel sign-out',
      noOpenId,
    ),
    apart('10.6.1 – 10.6.2', 'L2', 'Providers: response types, forced sign-out', noOpenId),
    apart(
      '10.7.1 – 10.7.3',
      'L2',
      'Consent',
      'Users sign in to the application itself; nobody is asked to consent to a third party',
    ),
  ],
}
