// The rows of the table: what happens, said to a reader, and the scenario that lets it happen.

import { answerLost, databaseSetBack, strangers } from '../client/scenarios-network.ts'
import { hiddenTab, hundredCalls, tabKilled, tabsAtExpiry } from '../client/scenarios-tabs.ts'
import { jarCopied } from '../client/scenarios-thieves.ts'
import { day, laptopSleep, wrongClock } from '../client/scenarios-time.ts'
import type { Outcome } from '../client/subject.ts'
import type { World } from '../client/world.ts'
import { offline, tabsAwake, troubleAhead, troubleAtWaking } from './scenarios.ts'

export interface Happening {
  readonly title: string
  readonly scenario: (world: World) => Promise<Outcome>
  /** The fewest renewals that it can be done with. */
  readonly needed: number
  /** Clients whose tabs renew after each other, whatever the others have done: a plain session does not always survive that. */
  readonly chains?: readonly string[]
  /** What has been seen of a client that does not always end alike: it depends on which of its timers is first. */
  readonly varies?: Readonly<Record<string, readonly string[]>>
}

const minuteMs = 60_000

const waking = (to: string, stranger: keyof typeof strangers): Happening => ({
  title: `The device wakes up with an expired token, and for a minute ${to}`,
  needed: 1,
  scenario: troubleAtWaking(strangers[stranger]),
})

const tabs: readonly Happening[] = [
  {
    title: '20 tabs are open and awake when the token comes to its end',
    needed: 1,
    scenario: tabsAwake(20),
    chains: ['oidc-client-ts'],
    varies: { '@supabase/auth-js': ['kept, 1 renewal', 'kept, 2–15 renewals'] },
  },
  { title: '20 tabs wake up with an expired token', needed: 1, scenario: tabsAtExpiry(20), chains: ['oidc-client-ts'] },
  { title: 'One tab wakes up with an expired token and sends 100 requests', needed: 1, scenario: hundredCalls },
  { title: 'The process of a tab dies between its renewal and the answer', needed: 2, scenario: tabKilled('crash') },
  { title: 'A tab is hidden for four lifetimes of the token, and shown again', needed: 1, scenario: hiddenTab },
]

const network: readonly Happening[] = [
  {
    title: 'The answer to a renewal is lost, and the network is well at once',
    needed: 2,
    scenario: answerLost(0),
    varies: { 'oidc-client-ts': ['kept, 2 renewals', 'signed out, alarm'] },
  },
  { title: 'The answer to a renewal is lost, and the network for a minute', needed: 2, scenario: answerLost(minuteMs) },
  { title: 'The device is offline for ten minutes, and its token expires meanwhile', needed: 1, scenario: offline },
  {
    title: 'Renewals are answered with 429 for a minute, while the token is still good',
    needed: 1,
    scenario: troubleAhead(strangers['a limit with 429']),
  },
  waking('renewals are answered with 429', 'a limit with 429'),
  waking('renewals are answered with 503', 'an overloaded server with 503'),
  waking('a captive portal answers: a page with 200', 'a captive portal with 200'),
  waking('a gateway answers: a page with 403', 'a captive portal with 403'),
]

const times: readonly Happening[] = [
  { title: 'A laptop with two tabs sleeps for eight hours', needed: 1, scenario: laptopSleep('running') },
  { title: 'The clock is a day fast, for five lifetimes of the token', needed: 5, scenario: wrongClock(day) },
  { title: 'The clock is a day slow, for five lifetimes of the token', needed: 5, scenario: wrongClock(-day) },
  { title: 'The server starts again with a database four renewals old', needed: 6, scenario: databaseSetBack },
]

const thieves: readonly Happening[] = [
  { title: 'A thief copies the profile and comes before its owner', needed: 3, scenario: jarCopied('thief') },
  { title: 'A thief copies the profile and comes after its owner', needed: 3, scenario: jarCopied('owner') },
]

export const happenings: readonly Happening[] = [...tabs, ...network, ...times, ...thieves]
