// Every bound of the client, in one place; milliseconds where nothing else is said.

/** How long one request to the router may take: below the leeway of plain sessions, so that a second try falls into it. */
export const requestLimitMs = 8000
/** How long a tab waits for another one that renews. */
export const lockWaitMs = 6000
/** How long a storage may take before the client goes on without it. */
export const storageWaitMs = 3000
/** The token is renewed this long before its end, or at a fifth of its life where that is less. */
export const maxLeadMs = 60_000
/** Between two looks at a token that is due. */
export const minPauseMs = 1000
/** The first and the longest window in which one try falls after a failure; each is twice the one before. */
export const firstWindowMs = 1000
export const maxWindowMs = 60_000
/** The longest Retry-After that is believed. */
export const maxRetryAfterMs = 600_000
/** Twelve days: below what a timer can hold (2^31 - 1). To wake sooner costs nothing. */
export const maxTimerMs = 1e9
/** In an app: for this long after the user has come back the network may not be there yet, and so long it is waited for. */
export const resumeMs = 3000
export const resumePauseMs = 500
