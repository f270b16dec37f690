// The one place where the parts of an engine are wired, in the order in which each needs the others.

import { AccessTokens } from './access-token.ts'
import { atMostEverySecond } from './ask-again.ts'
import { EventBus } from './events.ts'
import { identifyWith } from './identity.ts'
import { openKeys } from './key-upkeep.ts'
import { Latchkey } from './latchkey.ts'
import { checkOptions, type LatchkeyOptions } from './options.ts'
import { createPolicy } from './policy.ts'
import type { Ports } from './ports.ts'
import { RefreshTokens } from './refresh-token.ts'
import { RevocationFeed } from './revocation-feed.ts'
import { SessionKeys } from './session-key.ts'
import { createStoreCall, type StoreCall } from './store-calls.ts'
import { StoreClock } from './store-clock.ts'

/**
 * Wires an engine. Throws a MisuseError that names what to mend, or `store_unavailable`, also where this node's clock is
 * not the store's.
 */
export async function openLatchkey(given: LatchkeyOptions, ports: Ports): Promise<Latchkey> {
  const options = checkOptions(given)
  const { issuer, audience, store } = options
  const policy = createPolicy(options)
  const ask = createStoreCall(ports, policy.storeDeadlineMs)
  const clock = new StoreClock(store, ask, ports)
  const identity = await identifyWith(store, ports, ask)
  const keys = await openKeys(options.keys, store, afterLooking(clock, ask), ports, identity)
  const { ring } = keys
  const learnKeys = atMostEverySecond(ports, keys.reload)
  const feed = new RevocationFeed(store, ask, policy, ports)
  await feed.start(() => void keys.reload().catch(() => undefined))
  const stops = [() => feed.stop(), clock.start(), keys.start()]
  const checkClock = (): void => clock.check()
  return new Latchkey({
    issuer,
    audience,
    policy,
    ports,
    ring,
    store,
    call: createStoreCall(ports, policy.storeDeadlineMs, checkClock),
    refreshTokens: new RefreshTokens(ring, issuer, identity.environment),
    sessionKeys: new SessionKeys(issuer, identity.environment, policy.nonceLifeMs),
    accessTokens: new AccessTokens({ issuer, audience, ring, learn: learnKeys, policy, ports }),
    feed,
    clock,
    checkClock,
    events: new EventBus(options.onListenerError ?? ((): void => undefined)),
    renew: options.renew,
    learnKeys,
    rotateKeys: keys.rotate,
    isListed: identity.isListed,
    activeRoot: () => identity.activeRoot(ring),
    stop: () => stops.forEach((stop) => stop()),
    keyLeadMs: keys.leadMs,
    environment: identity.environment,
  })
}

// Keys are made and dropped by the clock: a wrong one must not do either.
function afterLooking(clock: StoreClock, ask: StoreCall): StoreCall {
  return async (work) => {
    await clock.look()
    clock.check()
    return ask(work)
  }
}
