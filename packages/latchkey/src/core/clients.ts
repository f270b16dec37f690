// Who a session belongs to and what it is bound to, as texts that may stand in a row and in a token: the id of an OAuth
// client, and the thumbprint of a key. Which clients there are is not the core's business (express/clients.ts).

/** The client of sessions that name none: the application's own pages and apps. */
export const firstParty = 'first-party'

/** Whether this can be a client's id: 1 to 128 visible ASCII characters (RFC 6749 appendix A.1, without the space). */
export const isClientId = (value: unknown): value is string =>
  typeof value === 'string' && /^[\x21-\x7E]{1,128}$/.test(value)

/** Whether this is a SHA-256 thumbprint (RFC 7638): 43 characters of base64url, in their one spelling. */
export const isThumbprint = (value: unknown): value is string =>
  typeof value === 'string' &&
  /^[\w-]{43}$/.test(value) &&
  Buffer.from(value, 'base64url').toString('base64url') === value
