// AT and JW: access tokens as RFC 9068 has them, and JSON web tokens as their best current practice has them.

import { deviates, notOffered, tested, type Section } from './line.ts'

export const accessTokens: Section = {
  title: 'Access tokens (RFC 9068)',
  lines: [
    tested('AT-1', '§2.1, §4', '`typ` is `at+jwt`, and nothing else is taken', '401'),
    tested('AT-2', '§2.2', 'The seven claims are there, each of its type', '401 where one is not'),
    tested(
      'AT-3',
      '§4; ASVS 9.2.1, 9.2.3',
      'Issuer, audience and time are checked',
      '401; 2 s of tolerance ahead, none at the end',
    ),
    deviates(
      'AT-4',
      '§2.1',
      'Signed; RS256 is supported',
      'ES256, Ed25519, EdDSA and RS256, by the key set',
      'A deployment that chooses nothing signs with ES256 and holds no RS256 key: shorter and faster. Who needs RS256 asks for it',
    ),
    tested(
      'AT-5',
      '§3, §5; ASVS 9.2.4',
      'The token says for whom it is',
      '`aud` is always there: the audiences of the deployment, or the issuer',
    ),
    tested(
      'AT-6',
      '§6; ASVS 10.3.3',
      'No more of a person than is needed; `sub` is no e-mail address',
      'A random id; the application alone adds claims',
    ),
  ],
}

export const jsonWebTokens: Section = {
  title: 'JSON web tokens (RFC 8725bis)',
  lines: [
    tested(
      'JW-1',
      '§3.1; ASVS 9.1.2',
      'A list of algorithms, compared by case',
      '401 for `none` in any spelling, and for all others',
    ),
    tested('JW-2', '§3.1', 'One key, one algorithm', '401 where the key found by `kid` is for another'),
    tested(
      'JW-3',
      '§3.10; ASVS 9.1.3',
      'No key is taken from the token',
      '401 for `jwk`, `jku`, `x5u`, `x5c`; no request goes out',
    ),
    tested('JW-4', '§3.10', '`kid` is hostile', 'A look-up in a map; 401'),
    tested('JW-5', '§3.14', 'Compact form, one spelling', '401 for padding, white space, JSON form, other spellings'),
    tested('JW-6', 'RFC 7515 §4.1.11', 'Unknown `crit` is refused', '401 for any `crit`, and for `b64`'),
    tested(
      'JW-7',
      '§3.11, §3.12; ASVS 9.2.2',
      'No kind of token passes for another',
      '401 or 403, by `typ`, form and key',
    ),
    tested(
      'JW-8',
      '§3.4',
      'Keys are checked before use',
      'Key sets: at construction. Proofs: 401 for private, weak and off-curve keys',
    ),
    tested(
      'JW-9',
      '§3.5',
      'HMAC keys are long and random',
      'A root is 32 random bytes at least; less is refused at construction',
    ),
    tested(
      'JW-10',
      '§3.7; RFC 7519 §4',
      'Objects in UTF-8; duplicate names have one meaning',
      'One parser for check and use: the last one wins for both. In DPoP proofs: 401',
    ),
    notOffered('JW-11', '§3.13, §3.15', 'Limits for encrypted tokens', 'No encrypted token is made or taken'),
    tested('JW-12', '§3.2; RFC 9864', 'Fully specified algorithm names', '`Ed25519` as well as `EdDSA`'),
  ],
}
