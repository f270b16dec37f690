// Where a browser may be sent after a sign-in or a sign-out: a path of this site, and nothing else. What comes as
// `return_to` was written by whoever made the link (attack 32).

/** The path that a form or a query names, if it is one of this site; otherwise `fallback`. */
export function returnPath(named: unknown, fallback = '/'): string {
  // A browser takes a backslash for a slash, and drops tabs and line ends wherever they stand.
  if (typeof named !== 'string' || named.length > 2048 || !/^\/(?!\/)[\x21-\x5B\x5D-\x7E]*$/.test(named))
    return fallback
  const base = 'https://this.invalid'
  if (!URL.canParse(named, base)) return fallback
  const { origin, pathname, search, hash } = new URL(named, base)
  const path = `${pathname}${search}${hash}`
  return origin === base && !path.startsWith('//') ? path : fallback
}
