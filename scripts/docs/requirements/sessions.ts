// SE and NI: sessions, as ASVS 5.0 and NIST SP 800-63B-4 want them.

import { deviates, notOffered, tested, type Section } from './line.ts'

export const sessionLines: Section = {
  title: 'Sessions (ASVS 5.0)',
  lines: [
    tested(
      'SE-1',
      'ASVS 7.1.1, 7.1.2',
      'Idle time, absolute life and number of sessions are documented, with what happens at the limit',
      '14 days, 30 days, 100; the oldest goes, or the newcomer is refused',
    ),
    tested('SE-2', 'ASVS 7.2.1', 'Tokens are checked on the server', '401 and 403; a client is believed nothing'),
    tested(
      'SE-3',
      'ASVS 7.2.3',
      '128 random bits at least',
      '256-bit macs under 256-bit roots; ids of 128 random bits',
    ),
    tested(
      'SE-4',
      'ASVS 7.2.4',
      'A sign-in begins a new session and ends the one it came with',
      'New ids always; the session of a cookie that comes along ends. Outside of cookie mode nothing of the old session comes along: its client signs it out',
    ),
    tested('SE-5', 'ASVS 7.3.1, 7.3.2', 'Both timeouts are kept on the server', 'In the swap itself: 403'),
    tested(
      'SE-6',
      'ASVS 7.4.1',
      'After the end nothing works, self-contained tokens neither',
      '401 on the next request',
    ),
    tested('SE-7', 'ASVS 7.4.2', 'A disabled user has no sessions', 'All are ended, and none can begin'),
    tested('SE-8', 'ASVS 7.4.3', 'After a change of password the others end', 'All sessions of the user end'),
    tested(
      'SE-9',
      'ASVS 7.4.5',
      "An administrator ends one user's sessions, or everybody's",
      '`sessions revoke`: one, all of `--user`, or `--all`',
    ),
    deviates(
      'SE-10',
      'ASVS 7.5.2',
      'A user lists and ends his sessions after a second look at who he is',
      'He lists and ends them with a token that is asked of the store',
      'The routes ask for no second sign-in: ending must be easy when a device is lost. `requireAuth({ maxAge })` on the same paths adds it',
    ),
    tested(
      'SE-11',
      'ASVS 7.6.2',
      'No session begins without the user',
      'In cookie mode a sign-in from elsewhere is 403',
    ),
    tested('SE-12', 'ASVS 3.3.1–3.3.5', 'Cookie attributes', 'See CK'),
    tested('SE-13', 'ASVS 3.5.1–3.5.3', 'No change of state by GET, nor from another site, framed or not', '405; 403'),
    tested(
      'SE-14',
      'ASVS 14.3.1',
      'Signing out clears what the browser keeps',
      '`Clear-Site-Data` at /logout in cookie mode',
    ),
    tested(
      'SE-15',
      'ASVS 16',
      'Every event is logged, without secrets; errors say nothing; failing is closed',
      'The audit trail; 503 for outages',
    ),
    tested(
      'SE-16',
      'ASVS 15.3.3–15.3.7',
      'Strict input: no mass assignment, no spoofed address, no pollution',
      '400; what is not named is not read',
    ),
    tested(
      'SE-17',
      'ASVS 11.2.4',
      'Secrets are compared in constant time',
      '`timingSafeEqual` over digests of one length',
    ),
  ],
}

export const nist: Section = {
  title: 'Sessions (NIST SP 800-63B-4)',
  lines: [
    tested(
      'NI-1',
      'SP 800-63B-4 §2.1.3, §2.2.3, §2.3.3',
      'An absolute end at every level',
      '30 days by default (AAL1); any less by option',
    ),
    notOffered(
      'NI-2',
      'SP 800-63B-4',
      'A session left idle may go on with a password alone',
      'It signs in again, as any other',
    ),
    tested(
      'NI-3',
      'SP 800-63B-4 §5.2',
      'Activity moves the idle end only',
      'A renewal moves the idle end, never past the absolute one',
    ),
    tested(
      'NI-4',
      'SP 800-63B-4 §5.1, §5.2',
      'A proof of possession does not lift the limits',
      'Proved sessions end at the same instants',
    ),
    deviates(
      'NI-5',
      'SP 800-63B-4',
      'A bearer secret does not survive a restart of the application',
      'Sessions survive restarts of browser and server; keyed and DPoP sessions prove possession',
      'Staying signed in is the purpose. `idleSeconds` is the bound for those who want less',
    ),
    tested(
      'NI-6',
      'SP 800-63B-4',
      'Secrets come from a sign-in, and die with the session',
      'Made at sign-in, from 256 bits; worthless after',
    ),
    tested(
      'NI-7',
      'SP 800-63B-4',
      'A session is never stronger than its sign-in',
      '`acr` and `amr` of the sign-in, for ever',
    ),
    deviates(
      'NI-8',
      'SP 800-63B-4',
      'A posted body holds a session identifier against CSRF',
      'In body mode it does: the refresh token. In cookie mode: Fetch Metadata or Origin, and a header that forces a preflight; forms of pages without script are held to the first alone',
      'What a browser says of the page, and a header that no form can send, do what the identifier is for',
    ),
    tested(
      'NI-9',
      'SP 800-63B-4',
      'Cookie attributes; no personal data; the server keeps the time',
      'See CK; the cookie says nothing',
    ),
    tested('NI-10', 'SP 800-63B-4', 'Signing out is easy', 'One request, always 204'),
    tested(
      'NI-11',
      'SP 800-63B-4',
      'A token is no sign that the user is there',
      '`auth_time` never moves; `maxAge` asks for the user',
    ),
  ],
}
