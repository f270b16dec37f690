// TE, RV, IN and MD: the token, revocation, introspection and metadata endpoints of the OAuth dialect.

import { deviates, notOffered, tested, type Section } from './line.ts'

export const tokenEndpoint: Section = {
  title: 'Token endpoint',
  lines: [
    tested('TE-1', 'RFC 6749 §3.2', 'POST with a form, nothing else', '405 with `Allow`; 415 for other types'),
    tested('TE-2', 'RFC 6749 §3.2; ASVS 15.3.7', 'No parameter comes twice', '400 `invalid_request`, nothing moves'),
    tested('TE-3', 'RFC 6749 §3.2', 'Empty is omitted; unknown is ignored', 'Just so'),
    tested(
      'TE-4',
      'RFC 6749 §5.1',
      'Answers are not stored, and say type and life',
      '`Cache-Control: no-store`, `token_type`, `expires_in`, `scope`',
    ),
    tested(
      'TE-5',
      'RFC 6749 §5.2',
      'The six errors, 400, or 401 with a challenge where the client used Authorization',
      'One table of codes; `invalid_client` is 401 with `WWW-Authenticate: Basic`',
    ),
    tested(
      'TE-6',
      'RFC 6749 §5.2; ASVS 16.5.1',
      'Every refused refresh token gets the same answer',
      'The same body for forged, expired, revoked, reused, unproved; events tell them apart',
    ),
    tested('TE-7', 'RFC 9700 §2.1.2, §2.4', 'No password grant, no implicit grant', '400 `unsupported_grant_type`'),
    notOffered(
      'TE-8',
      'RFC 9700 §2.1.1',
      'The code grant: PKCE, single use, short life',
      'There is no authorization endpoint: sessions begin at /login',
    ),
    tested(
      'TE-9',
      'RFC 9700 §2.6; ASVS 3.4.2',
      'CORS by a list, never a reflected origin with credentials',
      'Only origins that are listed. Keys and metadata are for every page, without credentials',
    ),
    tested(
      'TE-10',
      'RFC 6749 §10.10',
      'Guessing is limited',
      '429 and Retry-After by account and address; renewals by session, without signing out',
    ),
  ],
}

export const revocation: Section = {
  title: 'Revocation (RFC 7009)',
  lines: [
    tested('RV-1', '§2.1', 'POST with `token`; the client authenticates or names itself', '401 `invalid_client` else'),
    tested('RV-2', '§2.2', 'A token that is unknown or over is a success', '200, the same as for a good one'),
    tested('RV-3', '§2.1', 'No token is an error', '400 `invalid_request`'),
    tested(
      'RV-4',
      '§2.1',
      'A client ends its own tokens alone',
      "200 as for any unknown token, and the other's session lives on",
    ),
    tested(
      'RV-5',
      '§2.1, §2.2',
      'A wrong hint changes nothing',
      'The token itself tells its kind; the hint is not read',
    ),
    tested(
      'RV-6',
      '§2.1',
      'Revoking a refresh token ends the access tokens too',
      'Either ends the session, and with it everything of it',
    ),
    tested(
      'RV-7',
      '§2; ASVS 7.4.1',
      'It works at once; a delay is documented',
      'The next request on this node; other nodes as soon as the store tells them (many-machines.md)',
    ),
    tested(
      'RV-8',
      '§2.2.1',
      'An outage is 503: the token counts as alive',
      '503 and Retry-After. Both kinds of token are taken, so `unsupported_token_type` is never said',
    ),
  ],
}

export const introspection: Section = {
  title: 'Introspection (RFC 7662)',
  lines: [
    tested('IN-1', '§2.1', 'Only who is authorized may ask', '401 without credentials of a client with `introspect`'),
    tested('IN-2', '§2.2', 'What is not active is `{"active":false}` and no more', '200 with exactly that'),
    tested(
      'IN-3',
      '§4',
      'Active only after every check',
      'Signature, time, audience and, asked of the store, the session',
    ),
    tested('IN-4', '§2.1, §4', 'POST only, not stored', '405 for GET; `Cache-Control: no-store`'),
    tested(
      'IN-5',
      'RFC 9449 §6.2; RFC 9470 §6.2',
      'Says `cnf`, `token_type`, `acr`, `auth_time`',
      'As they stand in the token',
    ),
    tested('IN-6', 'engineering; ASVS 9.2.2', 'A refresh token is no access token', '`{"active":false}`'),
    tested(
      'IN-7',
      '§4',
      'A cache of answers honours the end of the token and revocation',
      'Answers are not to be stored; our own memory of verified tokens asks the set of ended sessions each time',
    ),
  ],
}

export const metadata: Section = {
  title: 'Metadata (RFC 8414)',
  lines: [
    tested('MD-1', 'RFC 8414', 'Served under the well-known path', '200 `application/json`'),
    tested('MD-2', 'RFC 8414 §3.3', '`issuer` is the very text in the tokens', 'One option; checked at construction'),
    tested('MD-3', 'RFC 8414 §3.2', 'No empty lists', 'Left out'),
    deviates(
      'MD-4',
      'RFC 8414; RFC 9449 §5.1',
      'Names every endpoint and algorithm, and the response types',
      'All but the response types',
      'They belong to an authorization endpoint; there is none, and an empty list has to be left out (MD-3)',
    ),
    tested(
      'MD-5',
      'RFC 8414; RFC 9700 §2.6',
      'Public keys only, each with `kid`, `use`, `alg`; kept as long as tokens live',
      'Next, active and retired keys; `Cache-Control` with an age',
    ),
  ],
}
