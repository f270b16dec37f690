// The world of the client's tests in Node: a real Express server over a real port, and browsers whose clocks, timers,
// storage, locks, messages and network a test has in its hands. Everything a test needs is imported from here.
//
//   await withWorld({ accessSeconds: 600 }, async ({ server, browser, advance, settle }) => {
//     const tab = browser.openTab()                     // cookie mode; { storage: browser.storage('a name') } is body mode
//     await tab.client.signIn(credentials)              // resolves with the user
//     await advance(600_000)                            // server's clock and all tabs' clocks, timers fire on the way
//     server.next('/token', loseAnswer)                 // the next renewal is committed, its answer lost
//     await tab.client.fetch('/me')
//     expect(server.count('/token')).toBe(2)
//   })
//
// server   url, clock, requests, count(path), told('reuse' | 'unproved' | 'healed' | ...), events, holding()
//          next(path, ...faults), always(path, fault) → stop; routes: GET /me, any /echo (signed in), any /open/echo
//          (`Echo`: method, sha256 and length of the body, headers; `?status=` chooses the status)
// faults   reset, loseAnswer, answer(status, body, headers), html(status), json(status, body), problem(status, reason),
//          stall(status): never ends; hold('request' | 'answer') → { arrived, release(), drop() }
// browser  jar (cookies: visible(url), copy(), clear()), storage(name?) (records, evict(), snapshot(), before, done),
//          locks (events, occupy() → let go), hub (messages, isHeld + release(), post()), sent (every request of a script),
//          network 'up' | 'down', isOnline, goOffline(), goOnline(), hasLocks, hasChannels, keepsKeys (set before openTab)
// tab      client, clock (advance, advanceSilently, sleep, jump, waiting, asked, fireDue), told, toldOf(name), isVisible,
//          wake(isOnline?), putAway(), kill(), createClient(): one more on the same page; openTab({ clockOffsetMs, random, ... })
// world    advance(ms): once; run(ms, stepMs): in steps, with settle() between; settle(): until nothing happens any more;
//          openBrowser(jar?): another profile, or a thief's copy of this one's cookies
// besides  signedIn(world, tabOptions?) → tab; failure(call) → code of its ClientError; secondsLeft(world, accessToken)

export { Browser } from './browser.ts'
export { Tab, type TabOptions } from './tab.ts'
export { TabClock } from './clock.ts'
export { credentials, openServer, type Echo, type Seen, type ServerOptions, type TestServer } from './server.ts'
export { answer, hold, html, json, loseAnswer, problem, reset, stall, type Fault } from './faults.ts'
export { failure, secondsLeft, signedIn } from './signed-in.ts'
export { withWorld, type World } from './world.ts'
