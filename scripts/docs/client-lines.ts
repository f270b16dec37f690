// What the client is held to, C1 to C48, and docs/client-lines.md: each line with the tests that name it. The lines come
// from the faults of fourteen clients of the field; the words are ours. A test of the tests fails where a line has no test.

import { clientLineIds, namingTests, type NamingTest } from './requirements/named-by.ts'
import { linked } from './requirements/tables.ts'
import { table } from './table.ts'

export interface ClientLine {
  /** Such as `C8`; test titles name it. */
  readonly id: string
  readonly asks: string
  /** What we do instead, and why; only where the line is not kept to the letter. */
  readonly deviates?: string
}

interface ClientLines {
  readonly title: string
  readonly lines: readonly ClientLine[]
}

const line = (id: string, asks: string, deviates?: string): ClientLine =>
  deviates === undefined ? { id, asks } : { id, asks, deviates }

const shown = 4

/** The lines by subject, in their order. */
const clientLineSections: readonly ClientLines[] = [
  {
    title: 'The API',
    lines: [
      line('C1', 'One call makes it; `client.fetch` is typed as `fetch`; nothing global is changed'),
      line(
        'C2',
        '`getAccessToken()` gives a token with the time left that was asked for, or throws a coded error; it never gives an expired one, or nothing',
      ),
      line(
        'C3',
        'The state is unknown, authenticated or anonymous; `degraded` while renewing fails, which by itself never becomes anonymous',
      ),
      line('C4', 'Errors are a closed list, told apart by `code` and not by class'),
      line('C5', '`dispose()` leaves no listener, timer or channel behind; a Node process ends by itself'),
      line(
        'C6',
        'The core has no dependency, is at most 5,000 bytes gzipped, and leaves out what is not imported; adapters are apart',
      ),
      line('C7', 'Tokens go to listed origins alone, also after a redirect'),
    ],
  },
  {
    title: 'One renewal for all',
    lines: [
      line('C8', 'A hundred calls with an expired token start one renewal, and all succeed'),
      line(
        'C9',
        'All clients of one session in one page share that renewal',
        'They share it as tabs do, by the storage and its lock, not by an object in the module.',
      ),
      line('C10', 'A 401 for a token that is no longer the newest is sent again with the newest, without a renewal'),
      line('C11', 'A request costs at most one renewal and one replay; a second 401 is the caller’s'),
      line('C12', 'A caller who gives up leaves the shared renewal running for the others'),
      line('C13', 'Listeners are called after the renewal has settled, are never waited for, and may call the client'),
    ],
  },
  {
    title: 'Several tabs',
    lines: [
      line('C14', 'What is shared is read, the lock taken, what is shared read again: however many tabs, one renewal'),
      line('C15', 'The lock is held for the network call alone, which has a time limit, and never for a caller’s code'),
      line(
        'C16',
        'Waiting for the lock has an end: then a fresh or living token is used, or the tab renews without it. A lock is never stolen, and nobody signed out for one',
      ),
      line('C17', 'A wait for the lock that ends because the device slept is tried once more'),
      line('C18', 'Without Web Locks all is right, only less shared; no lock is built from localStorage'),
      line('C19', 'What tabs tell each other never holds a token'),
      line(
        'C20',
        'Signing out reaches all tabs; a page that comes back from the back/forward cache looks again first, and the client does not keep pages out of that cache',
      ),
      line('C21', 'An older token that arrives late never takes the place of a newer one'),
      line('C22', 'What a renewal brings after a sign-out is thrown away, whichever tab signed out'),
    ],
  },
  {
    title: 'When it renews',
    lines: [
      line('C23', 'The look before each request decides; without any timer all is still right'),
      line(
        'C24',
        'It renews ahead by a minute, or a fifth of a shorter life, give or take a tenth; ten-second tokens make no busy loop',
      ),
      line('C25', 'A token that has expired before the start is renewed when it is first needed'),
      line(
        'C26',
        'When the page is seen again, shown, focused or online, it looks once, and asks nobody while the token is fresh',
      ),
      line(
        'C27',
        'Hidden tabs do not renew ahead; a long sleep needs no timer; no timer is longer than a timer can be',
      ),
      line('C28', 'A visitor without a session costs no call'),
    ],
  },
  {
    title: 'Clocks',
    lines: [
      line(
        'C29',
        'Expiry is counted from the receipt by `expires_in`, and never by comparing the server’s time with the device’s: a clock that is a day wrong changes nothing',
      ),
      line(
        'C30',
        'A jump of the clock costs at most one renewal; tokens that arrive expired end in a pause and not in a loop',
      ),
    ],
  },
  {
    title: 'When it fails',
    lines: [
      line(
        'C31',
        'Only a refusal of the renewal by our own form, with a code of a closed list, signs out; no outage, proxy, portal or limit does',
        '`missing` is on the list beside `unproved`: without its cookie a session cannot go on either. Both are `lost`, after a second look.',
      ),
      line('C32', 'While the access token lives, a renewal that failed ahead of need disturbs no request'),
      line(
        'C33',
        'It waits longer after each failure, at random, and as long as `Retry-After` says; meanwhile callers share the failure. Ten minutes of outage cost a tab at most 20 calls',
      ),
      line(
        'C34',
        'A lost answer is made good: the next attempt gets the same successor, and nobody is signed out',
        'No idempotency key: each attempt is proved, and any late or repeated one gets the one successor.',
      ),
      line('C35', 'What is new is kept before anybody who waits, or any other tab, hears of it'),
      line('C36', 'Signing out while offline is done here and in all tabs at once, and says whether the server knows'),
    ],
  },
  {
    title: 'Sending again',
    lines: [
      line('C37', 'Texts, forms, blobs, buffers and `Request` bodies are sent again byte for byte'),
      line(
        'C38',
        'A stream is never kept back in memory: the token is renewed ahead of it, and a 401 for it is a coded error, unless a function makes the body anew',
      ),
      line('C39', 'A refused token is replayed with any method; a failed network is not'),
      line(
        'C40',
        'The caller’s headers win, but for an old token of ours; only a challenge for an expired token starts a renewal, and an application’s own 401 does not',
      ),
    ],
  },
  {
    title: 'Keeping, servers, Node',
    lines: [
      line(
        'C41',
        'In browsers the refresh token is in a cookie that script cannot read, the access token in memory, and nothing secret in local or session storage',
        'For the other tabs and the next page load the access token lies in IndexedDB too, sealed with a key that no script can read.',
      ),
      line('C42', 'A storage is asynchronous; one that fails is replaced by memory, with one warning'),
      line(
        'C43',
        'It can be imported and made where there is no window: no timer, no listener, nothing shared between requests; a server renders without renewing',
      ),
      line(
        'C44',
        'An app that is no page says itself when it comes back, and the first request after that survives a failed network',
        'By `latchkey/client/native`, so that pages do not carry it; requests that change nothing alone.',
      ),
      line(
        'C45',
        'In Node the core is the same, with a file or a store of one’s own; processes that share one end up with one session',
      ),
      line('C46', 'No log and no error holds any part of a token'),
    ],
  },
  {
    title: 'Events',
    lines: [
      line(
        'C47',
        '`change` is told when state or identity change, `refreshed` apart from it; focus alone tells nothing',
      ),
      line('C48', 'The end of a session is told once in each tab, with its reason'),
    ],
  },
]

/** All of them. */
export const clientLines: readonly ClientLine[] = clientLineSections.flatMap(({ lines }) => lines)

/** A table for each subject, under its heading. */
export function clientLineTables(): string {
  const tests = namingTests(clientLineIds)
  return clientLineSections.map((section) => sectionText(section, tests)).join('\n\n')
}

function sectionText({ title, lines }: ClientLines, tests: readonly NamingTest[]): string {
  const rows = lines.map(({ id, asks, deviates }) => [
    id,
    deviates === undefined ? asks : `${asks}. **Deviates:** ${deviates}`,
    linked(
      tests.filter(({ ids }) => ids.includes(id)),
      shown,
    ) || '**none**',
  ])
  return `## ${title}\n\n${table(['Line', 'It asks', 'Tests'], rows)}`
}
