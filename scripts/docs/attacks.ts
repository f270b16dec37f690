// The attack cases as a table of docs/attacks.md: what is sent, what is answered, and which files of tests hold its group. The
// files are found by the titles `attack N: …`, so that a case without a test stops the generator.

import { read, sourcesUnder } from '../../test/meta/sources.ts'
import { table } from './table.ts'

interface Case {
  readonly sent: string
  readonly answer: string
}

const invalid = '401 `invalid_token`'

/** The first is case 1. */
const cases: readonly Case[] = [
  { sent: 'An access token without an algorithm, or with `none` in any spelling', answer: invalid },
  { sent: 'HS256 with our public key as the secret, as PEM, DER and JWK', answer: invalid },
  { sent: 'One algorithm under the key of another, another curve, PS256 for RS256', answer: invalid },
  {
    sent: 'A key that the header brings along: `jwk`, `jku`, `x5u`, `x5c`',
    answer: `${invalid}, and nobody is called`,
  },
  {
    sent: 'A hostile `kid`: paths, SQL, `__proto__`, objects, NUL, that of another key',
    answer: `${invalid}; of 10 kB: 431`,
  },
  { sent: '`crit` in every form, `b64: false`, `zip`', answer: invalid },
  {
    sent: 'A token of another type, or an access token as refresh token, DPoP proof or hint',
    answer: `${invalid}; as refresh token 403, as proof 401, as hint nothing happens`,
  },
  { sent: 'A refresh token in Authorization, an access token in the refresh cookie', answer: '401; 403' },
  { sent: 'A signature that is empty, cut, too long, zero, in DER, of another token; any bit turned', answer: invalid },
  { sent: 'Other spellings of the same bytes: padding, spare bits, blanks', answer: invalid },
  {
    sent: 'The twin (r, n−s) of an ECDSA signature',
    answer:
      'It is the same token: good while its session lives, 401 after. Nothing is kept under the characters of a token',
  },
  {
    sent: 'A name twice in one JSON object',
    answer: 'The last counts, for the check and the use alike; where the last is bad, 401',
  },
  {
    sent: '`__proto__` and `constructor` in claims and bodies',
    answer: 'They mean nothing and change nobody; a body of nothing else is 400 or 401',
  },
  { sent: 'Claims of the wrong type or value: exp, aud, iss, sub and the others', answer: invalid },
  { sent: 'Instants in the past, in the future, without end', answer: '401; one without end dies with its session' },
  { sent: 'A megabyte, ten thousand segments, deep nesting', answer: '431, 413, 400 or 401 within two seconds' },
  { sent: 'JWE, JSON serialisations, detached payloads', answer: invalid },
  { sent: 'A private, symmetric, short or off-curve key in a DPoP proof', answer: '401 `invalid_dpop_proof`' },
  {
    sent: 'A DPoP proof that was used, or is for another method, URL, time, token, key or nonce; a bound token as Bearer',
    answer:
      '401 `invalid_dpop_proof` or `use_dpop_nonce`; the refresh token with another key or none: 403, reported, nothing rotated',
  },
  {
    sent: 'Device-bound sessions (DBSC)',
    answer: 'Not offered: their headers are ignored, their routes 404, a token that claims to be one 403',
  },
  {
    sent: 'Line ends and semicolons on their way into Set-Cookie or another header',
    answer: '4xx, and no such header; cookies hold base64url only',
  },
  { sent: 'A session planted before sign-in', answer: 'The new session is another, and the planted one has ended' },
  {
    sent: 'Sign-in, renewal and sign-out from another site: form, text that is JSON, image, `null` and look-alike origins, Referer alone, subdomain, method override',
    answer: '403 (415 for a form as a sign-in), no cookie, nothing moved',
  },
  {
    sent: 'Our cookie twice, in other letters, quoted, among fifty, among three thousand',
    answer: '400; 401; 403; 200; 431',
  },
  {
    sent: 'Two Authorization headers; tokens in the query or in a foreign place; two carriers of a refresh token',
    answer: '400; 401; 400',
  },
  {
    sent: 'Parameters twice, nested, or of another type, in JSON and in forms',
    answer: '400, or 401 where nothing is left that counts',
  },
  {
    sent: 'Too large bodies and heads, a thousand cookies, compressed and slow bodies',
    answer: '413, 431, 415; the slow hold nobody up',
  },
  {
    sent: 'Wrong types and charsets, two lengths, both lengths and chunks, smuggled requests, every other method',
    answer: '415, 400, 405; one answer for each request',
  },
  {
    sent: 'A foreign, look-alike or `null` origin that wants to read answers',
    answer: 'No origin is repeated but those of LATCHKEY_ORIGINS; `*` never with credentials',
  },
  { sent: 'Answers from a cache', answer: '`no-store` on everything about tokens and sessions, no ETag, never 304' },
  {
    sent: 'Our routes in a frame or as another site’s resource',
    answer: "`frame-ancestors 'none'`, CORP `same-origin`, `nosniff`",
  },
  { sent: 'A redirect to anywhere', answer: 'No route of the server redirects' },
  {
    sent: '`X-Forwarded-*` and `Forwarded` from anybody',
    answer: 'Ignored, unless LATCHKEY_TRUST_PROXY says otherwise; limits on guessing hold',
  },
  {
    sent: 'An old refresh token: the thief first or second, from elsewhere, in the leeway and after it, after a sign-out, 2, 50 and 500 at once',
    answer:
      'One successor ever. Inside the leeway it is given again; otherwise 403 and the session ends; of a keyed session 403 and the owner goes on',
  },
  {
    sent: 'A renewal after the absolute or the idle end, a new password, a disabled or removed user, a removed client, a wider scope',
    answer: '403 in the plain dialect; `invalid_grant`, `invalid_client` or `invalid_scope` in OAuth',
  },
  {
    sent: 'A sign-out while renewals are under way, everywhere, twice, of nothing',
    answer: '204; nothing of the session is good after it',
  },
  {
    sent: 'Another user’s session by its id; another client’s token',
    answer: '204 as for an id that is nobody’s; `invalid_grant`, 200 at `/revoke`; nothing happens',
  },
  {
    sent: 'A privilege that was taken away',
    answer: 'Gone at the next request of the server that was told, within 3 seconds on others',
  },
  {
    sent: 'Forged tokens with known and unknown ids, right and wrong secrets',
    answer: '403, the same in every byte but the date; times: `npm run bench -- --only=timing`',
  },
  {
    sent: 'Unknown users, wrong passwords, disabled users; unknown clients and wrong secrets',
    answer: 'The same 401 in every byte but the date',
  },
  {
    sent: '`Idempotency-Key`',
    answer: 'Not offered: the header is ignored, each request gets the answer to itself, and reuse is still reuse',
  },
  {
    sent: 'Sign-ins, renewals and forgeries by the thousand',
    answer: 'The oldest session goes at the bound, one row for a session’s whole life, nothing for a forgery',
  },
  {
    sent: 'A database that is locked, set back, or set back too far',
    answer: '503 with Retry-After; healed, no branch; 403. More faults: test/chaos',
  },
  {
    sent: 'Lines, escapes and secrets in user agents, names, paths, kids',
    answer: 'No line of the log, no control character in a list, nothing sent comes back',
  },
  {
    sent: 'A polluted `Object.prototype` before the first line runs',
    answer: 'No option, attribute or algorithm is taken from it',
  },
]

const group = /describe(?:\.each\(\w+\))?\([`'"]attack (\d+): /g

/** Number of a case, and the files of tests with a group for it. */
function filesByCase(): Map<number, string[]> {
  const files = new Map<number, string[]>()
  for (const [path, source] of sourcesUnder('test/attacks')) {
    for (const [, number] of source.matchAll(group)) {
      const found = files.get(Number(number)) ?? []
      if (!found.includes(path)) files.set(Number(number), [...found, path])
    }
  }
  return files
}

/** The table. Throws where a case has no test, or a test no case. */
export function attacksTable(): string {
  const files = filesByCase()
  const lacking = cases.flatMap((_each, index) => (files.has(index + 1) ? [] : [index + 1]))
  const unknown = [...files.keys()].filter((number) => number < 1 || number > cases.length)
  if (lacking.length + unknown.length > 0) {
    throw new Error(`attack cases without a test: ${lacking.join(', ')}; tests without a case: ${unknown.join(', ')}`)
  }
  const rows = cases.map(({ sent, answer }, index) => [
    String(index + 1),
    sent,
    answer,
    linksTo(files.get(index + 1) ?? []),
  ])
  return table(['Case', 'What is sent', 'What it gets', 'Tests'], rows)
}

const linksTo = (paths: readonly string[]): string =>
  paths
    .toSorted()
    .filter((path) => read(path) !== undefined)
    .map((path) => `[${path.replace(/^.*\//, '').replace('.test.ts', '')}](../${path})`)
    .join(', ')
