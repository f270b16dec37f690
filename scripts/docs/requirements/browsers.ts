// BB and CK: applications in a browser, and their cookies.

import { notOffered, tested, type Section } from './line.ts'

const noBff = 'Latchkey is no proxy: it calls nobody on behalf of a browser'

export const browserApps: Section = {
  title: 'Applications in a browser',
  lines: [
    notOffered(
      'BB-1',
      'browser-based apps',
      'A backend for frontend is a confidential client and keeps all tokens',
      noBff,
    ),
    tested('BB-2', 'browser-based apps', 'Cookies are Secure and HttpOnly', 'Always; plain http must be asked for'),
    tested(
      'BB-3',
      'browser-based apps',
      'SameSite=Strict, Path=/, no Domain, a prefix',
      '`__Host-Http-`; `lax` by option',
    ),
    notOffered(
      'BB-4',
      'browser-based apps',
      'Session data in a cookie is encrypted',
      'No session data is in a cookie: an opaque token is',
    ),
    tested(
      'BB-5',
      'browser-based apps',
      'A CSRF defence beyond SameSite',
      '403 without Fetch Metadata or Origin of ours, and, but for forms of pages without script, without the header',
    ),
    notOffered('BB-6', 'browser-based apps', 'A proxy has a list of what it may call', noBff),
    tested('BB-7', 'browser-based apps', 'Session and refresh token end together', 'They are one row with one end'),
  ],
}

export const cookies: Section = {
  title: 'Cookies (layered cookies draft)',
  lines: [
    tested('CK-1', 'layered cookies', '`__Host-` needs Secure, Path=/ and no Domain', 'Set so, in Chromium too'),
    tested('CK-2', 'layered cookies', 'Script can neither read nor plant the cookie', '`__Host-Http-` with HttpOnly'),
    tested(
      'CK-3',
      'layered cookies',
      'Name and value fit in 4096 bytes',
      'Some 110 characters; an access token that is too long is not set as a cookie, with a warning',
    ),
    tested('CK-4', 'layered cookies', 'No longer than 400 days', 'The end of the session, at most 400 days'),
    notOffered('CK-5', 'CHIPS', '`Partitioned` for embedded pages', 'No cookie is partitioned: embedding is refused'),
    tested('CK-6', 'layered cookies', 'Only characters that fit', 'base64url'),
    tested('CK-7', 'layered cookies', 'Deleting repeats every attribute', 'The very attributes it was set with'),
    tested(
      'CK-8',
      'layered cookies',
      'Strict cookies are absent on the first click from elsewhere',
      'Lax by option; cookies.md says what to do',
    ),
    tested('CK-9', 'layered cookies', 'Two cookies of one name are not trusted', '400'),
    tested(
      'CK-10',
      'layered cookies',
      'A subdomain cannot toss its cookie at us',
      'The prefix; other names are not read',
    ),
    tested(
      'CK-11',
      'engineering',
      'Plain http for development is asked for, never guessed',
      'An option, said loudly at start',
    ),
  ],
}
