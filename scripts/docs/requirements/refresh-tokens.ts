// RT: what the standards ask of a refresh token, and how it is answered here.

import { deviates, tested, type Section } from './line.ts'

export const refreshTokens: Section = {
  title: 'Refresh tokens',
  lines: [
    tested(
      'RT-1',
      'RFC 9700 §2.2.2, §4.14.2; ASVS 10.4.5',
      "A public client's refresh token is bound to a key or rotated, and nothing turns both off",
      'Rotation cannot be turned off; keyed and DPoP sessions are bound as well',
    ),
    tested(
      'RT-2',
      'RFC 9700 §4.14.2',
      'A use gives a successor; the old token is known as an old one, not as unknown',
      'The generation in the token tells: 403, event `reuse` and not `token_invalid`',
    ),
    tested(
      'RT-3',
      'RFC 9700 §4.14.2; OAuth 2.1 §4.3.1',
      'Reuse ends the family: the newest refresh token and the access tokens too',
      '403 for everybody; the session has ended, its access tokens are 401 on the next request',
    ),
    deviates(
      'RT-4',
      'engineering; against ASVS 10.4.5',
      'A grace window, if any, is short, gives the same successor and never a second branch',
      'Plain sessions: 10 s, the token before the newest only, the same successor again; 0 turns it off. Proved sessions need none',
      'ASVS asks that an old token always ends the session. Then a lost answer or a second tab signs an honest user out',
    ),
    tested(
      'RT-5',
      'RFC 6749 §6; OAuth 2.1 §4.3.1; ASVS 10.4.10',
      'A token serves its own client alone; another one moves nothing; confidential clients authenticate',
      'The client is part of the mac: `invalid_grant` without a store access; 401 `invalid_client`',
    ),
    tested(
      'RT-6',
      'RFC 9700 §4.14.2; RFC 6749 §6',
      'Scope may be narrowed and never widened; the next refresh token has the whole of it again',
      '`scope` narrows the access token only; more is 400 `invalid_scope` and nothing moves',
    ),
    tested(
      'RT-7',
      'ASVS 10.4.8; SP 800-63B-4 §5.2',
      'Rotation never outlives the first token: an absolute end',
      '30 days after sign-in by default, at most 400; then 403',
    ),
    tested(
      'RT-8',
      'RFC 9700 §4.14.2; browser-based apps',
      'A token that nobody uses expires',
      '14 days without a renewal by default; then 403',
    ),
    tested(
      'RT-9',
      'RFC 9700 §4.14.1; ASVS 7.2.3, 11.5.1',
      'Tokens cannot be made, altered or guessed; an id inside is protected',
      'HMAC-SHA-256 under a 256-bit root over every byte: 403 without a store access',
    ),
    tested(
      'RT-10',
      'RFC 9700 §4.14.1; ASVS 14.2.1, 16.2.5',
      'Tokens stand in no store, log, error, address or metric',
      'They are derived, never stored; logs, errors and database files are searched for them',
    ),
    tested(
      'RT-11',
      'RFC 9700 §4.14.2; ASVS 10.4.4',
      'Whether a client gets a refresh token is decided for each client',
      'A registered client has none unless it is told `refresh`; the first party has',
    ),
    tested('RT-12', 'browser-based apps', 'Signing out ends the refresh token', 'At once: 204, then 403'),
    tested(
      'RT-13',
      'RFC 9700 §4.14.2; ASVS 7.4.2, 7.4.3',
      'Security events end the refresh tokens of the user',
      'Disabling a user and changing a password end all of his sessions',
    ),
    tested(
      'RT-14',
      'OAuth 2.1 §4.3.1',
      'A renewal looks at the session, not at the token alone',
      'The swap itself asks for a live session: ended or over is 403',
    ),
    tested(
      'RT-15',
      'RFC 9068 §2.2.1',
      'A renewal changes neither `auth_time` nor `acr` nor `amr`',
      'They are those of the sign-in, in every access token of the session',
    ),
    tested(
      'RT-16',
      'ASVS 10.4.9, 7.5.2',
      'A user sees his sessions and can end each',
      '`GET /sessions`, `DELETE /sessions/:id`, `DELETE /sessions`, `POST /logout/all`',
    ),
  ],
}
