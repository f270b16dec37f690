// RFC 9700, the best current practice for OAuth 2.0 security: sections 2 and 4, as far as they concern who issues and
// takes refresh tokens and access tokens; the others are named, with why they do not apply.

import { apart, kept, type Chapter } from './cited-lines.ts'

const noRedirect = 'There is no authorization endpoint and no redirect'

export const bestPractice: Chapter = {
  title: 'RFC 9700',
  requirements: [
    apart('2.1', '', 'Redirects, codes, PKCE, no implicit grant', noRedirect),
    kept(
      '2.2.1',
      '',
      'Access tokens are bound to their holder, where it can be',
      'DPoP, by sign-in or by client',
      'DP-9 DP-10',
    ),
    kept(
      '2.2.2',
      '',
      "A public client's refresh tokens are bound or rotated",
      'Rotated always, bound as well where proved',
      'RT-1 DP-8',
    ),
    kept(
      '2.3',
      '',
      'Access tokens have the least privilege: audience, scope',
      '`aud` always; `scope` may be narrowed',
      'AT-5 RT-6',
    ),
    kept('2.4', '', 'No password grant', '400 `unsupported_grant_type`; /login is for first parties', 'TE-7'),
    kept('2.5', '', 'Clients authenticate where they can', '401; secrets of 256 bits, kept as digests', 'RT-5 RV-1'),
    kept(
      '2.6',
      '',
      'Metadata; CORS where it belongs; end-to-end TLS',
      'Published; a list of origins; TLS is in front of it',
      'MD-1 TE-9',
    ),
    apart('4.1', '', 'Redirect addresses', noRedirect),
    kept(
      '4.2, 4.3',
      '',
      'Tokens do not leak by Referer or history',
      'No token is ever read from an address',
      'RT-10 BB-2',
    ),
    apart('4.4 – 4.8', '', 'Mix-up, injection of codes, CSRF at the redirect, PKCE downgrade', noRedirect),
    kept('4.9', '', 'A token that leaks at a resource is worth little', 'Audience; binding; short life', 'AT-3 DP-10'),
    kept('4.10', '', 'A stolen access token is refused', 'Bound by DPoP; ended with its session', 'DP-10 SE-6'),
    apart('4.11, 4.12', '', 'Open redirects; 307', noRedirect),
    kept(
      '4.13',
      '',
      'Behind proxies, headers are believed only when told',
      '`trust proxy`; addresses are made from `publicUrl`',
      'SE-16 DP-3',
    ),
    kept(
      '4.14',
      '',
      'Refresh tokens: bound or rotated, expire, end by events, cannot be guessed',
      'See RT',
      'RT-2 RT-3 RT-8 RT-9 RT-13',
    ),
    kept('4.15', '', 'A client cannot pass for a user', '`sub` is a user; tokens are issued to users alone', 'AT-6'),
    kept('4.16', '', 'No framing', 'The token routes refuse to be embedded', 'SE-13'),
    apart('4.17', '', 'Messages between windows', noRedirect),
  ],
}
