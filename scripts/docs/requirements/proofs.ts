// DP and SU: proofs of possession (RFC 9449), and asking for a newer or stronger sign-in (RFC 9470).

import { deviates, notOffered, tested, type Section } from './line.ts'

export const dpop: Section = {
  title: 'DPoP (RFC 9449)',
  lines: [
    tested('DP-1', '§4.3', 'One header, not two', '401, or 400 to a form: `invalid_dpop_proof`'),
    tested(
      'DP-2',
      '§4.2, §4.3, §11.6',
      'One well-formed JWT, asymmetric, with a public key, signed by it',
      '401 `invalid_dpop_proof`',
    ),
    tested(
      'DP-3',
      '§4.3; ASVS 4.1.3',
      '`htm` and `htu` are those of this request, whatever Host says',
      '401; the address is made from `publicUrl`',
    ),
    tested(
      'DP-4',
      '§4.3, §11.1',
      'Only shortly after it was made',
      '401 with a nonce older than 6 minutes; without nonces, with an `iat` more than 5 minutes away',
    ),
    tested('DP-5', '§11.1', 'A `jti` works once', '401 and the event `replayed`, on every node; the memory is bounded'),
    tested(
      'DP-6',
      '§8, §9, §11.3',
      'A nonce is asked for and cannot be left out',
      '400 or 401 `use_dpop_nonce` with `DPoP-Nonce`',
    ),
    tested(
      'DP-7',
      '§8, §8.2',
      'Nonces cannot be guessed, nor one kind used for the other',
      'HMAC of the minute under two labels',
    ),
    tested(
      'DP-8',
      '§5',
      'A bound refresh token needs its key at every renewal',
      '403 or `invalid_grant`, nothing moves, event `unproved`',
    ),
    tested('DP-9', '§5, §6.1', 'The access token is bound too', '`token_type` DPoP, `cnf.jkt`'),
    tested(
      'DP-10',
      '§4.3, §7.1, §7.2',
      'At a resource: `ath`, the key, and the right scheme',
      '401 for Bearer with a bound token and the other way round',
    ),
    tested('DP-11', '§5.2', 'A client that must be bound is refused without a proof', '400 or 401, no session'),
    notOffered('DP-12', '§10', '`dpop_jkt` at the authorization endpoint', 'There is no authorization endpoint'),
    tested('DP-13', '§7.1', 'The challenge names algorithms and error', '`WWW-Authenticate: DPoP … algs="…"`'),
    deviates(
      'DP-14',
      '§11.2',
      'Without nonces no long-lived access tokens',
      'Nonces are required by default, and access tokens live for 10 minutes',
      'Who turns nonces off and lets access tokens live for hours is not stopped',
    ),
  ],
}

export const stepUp: Section = {
  title: 'Step-up (RFC 9470)',
  lines: [
    tested(
      'SU-1',
      '§3',
      'A challenge that says what is missing',
      '401 `insufficient_user_authentication` with `max_age`, `acr_values`',
    ),
    tested('SU-2', '§3', 'Of several `acr_values` one is enough, in order', 'Just so'),
    tested('SU-3', '§6', 'A claim that is missing satisfies nothing', '401'),
    tested(
      'SU-4',
      'ASVS 7.2.4',
      'A renewal satisfies nothing; a new sign-in is a new session',
      '401 until a new sign-in',
    ),
    tested('SU-5', 'RFC 9470 §3', 'What was reached is over after `max_age`', '401'),
    tested(
      'SU-6',
      'ASVS 7.5.1, 7.5.3, 10.3.4',
      'Sensitive changes ask for a new sign-in',
      '`requireAuth({ maxAge, acr })`; the application says where',
    ),
    tested('SU-7', 'RFC 6750 §3.1; RFC 9470 §3', 'Scope is 403, strength is 401', 'Two codes, never mixed'),
  ],
}
