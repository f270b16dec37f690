// OWASP ASVS 5.0.0, chapters V7 and V9, in our words, with the level of each requirement and the lines that keep it.

import { apart, kept, partly, type Chapter } from './cited-lines.ts'

const noFederation = 'Sessions begin and end here; no other provider takes part'

export const sessionManagement: Chapter = {
  title: 'V7 Session management',
  requirements: [
    kept(
      '7.1.1',
      'L2',
      'Idle time and absolute life are documented, and where they differ from NIST',
      'options.md: 14 and 30 days, AAL1; any less by option',
      'SE-1 NI-1',
    ),
    kept(
      '7.1.2',
      'L2',
      'How many sessions at once, and what then',
      'options.md: 100; the oldest goes, or the newcomer is refused',
      'SE-1',
    ),
    apart('7.1.3', 'L2', 'Federated session systems are documented', noFederation),
    kept('7.2.1', 'L1', 'Tokens are checked by the backend', 'By the router and `requireAuth` alone', 'SE-2'),
    kept(
      '7.2.2',
      'L1',
      'Tokens are made for each session, no fixed secrets',
      'Derived per session and generation',
      'SE-2 SE-4',
    ),
    kept('7.2.3', 'L1', '128 bits from a secure generator', 'Macs of 256 bits under random roots', 'SE-3 RT-9'),
    kept(
      '7.2.4',
      'L1',
      'A sign-in makes a new token and ends the old one',
      'New ids always; the session of a cookie that comes along ends',
      'SE-4',
    ),
    kept('7.3.1', 'L2', 'Idle timeout', '403 after 14 days, or the option', 'SE-5 RT-8'),
    kept('7.3.2', 'L2', 'Absolute timeout', '403 after 30 days, or the option', 'SE-5 RT-7'),
    kept('7.4.1', 'L1', 'After sign-out or expiry nothing works', '401 and 403 from the next request on', 'SE-6 RT-12'),
    kept('7.4.2', 'L1', 'A disabled or deleted user is signed out', 'All sessions end; none begins', 'SE-7'),
    kept('7.4.3', 'L2', 'Others can be ended after a change of factor', 'A change of password ends all', 'SE-8'),
    kept(
      '7.4.4',
      'L2',
      'Signing out is easy to find',
      'The page of the ready server shows it; one request does it',
      'NI-10',
    ),
    kept(
      '7.4.5',
      'L2',
      'Administrators end sessions of one or of all',
      '`sessions revoke`: one, all of `--user`, or `--all`',
      'SE-9',
    ),
    kept(
      '7.5.1',
      'L2',
      'Sensitive changes ask for a new sign-in',
      '`requireAuth({ maxAge, acr })`; the ready server changes nothing over HTTP',
      'SU-6',
    ),
    partly(
      '7.5.2',
      'L2',
      'Users see and end their sessions after signing in again',
      'They do, by a token asked of the store, but without signing in again: the application may ask for that',
      'SE-10 RT-16',
    ),
    kept('7.5.3', 'L3', 'Very sensitive acts ask once more', '`requireAuth({ maxAge, acr })`', 'SU-6'),
    apart('7.6.1', 'L2', 'Lifetimes agree between provider and relying party', noFederation),
    kept('7.6.2', 'L2', 'No session without an act of the user', 'A sign-in from another site is 403', 'SE-11'),
  ],
}

export const selfContained: Chapter = {
  title: 'V9 Self-contained tokens',
  requirements: [
    kept('9.1.1', 'L1', 'The signature is checked first', '401', 'JW-1 AT-3'),
    kept(
      '9.1.2',
      'L1',
      'A list of algorithms, without none, and no confusion of kinds',
      'Asymmetric only; each key has one',
      'JW-1 JW-2',
    ),
    kept(
      '9.1.3',
      'L1',
      'Keys come from where they were configured',
      'No key, address or certificate is read from a token',
      'JW-3',
    ),
    kept('9.2.1', 'L1', 'The time span is kept', 'To the second at the end', 'AT-3'),
    kept('9.2.2', 'L2', 'The kind of token is checked', '`typ`, form and key', 'AT-1 JW-7'),
    kept('9.2.3', 'L2', 'The audience is checked', '401 for another one', 'AT-3'),
    kept('9.2.4', 'L2', 'One key for several audiences: the token names them', '`aud` is always there', 'AT-5'),
  ],
}
