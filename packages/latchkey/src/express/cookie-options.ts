// The options of cookie mode, checked, and the names of our cookies. The names say what a browser must see to it that
// holds: a cookie whose name begins with `__Host-Http-` can be set by an answer over https alone, never by script and
// never by another host, so nobody can read or plant a refresh token (I9). Plain http has no such names, and is for a
// developer's own machine: it has to be asked for, in so many words.

import { MisuseError } from '../index.ts'

/** What `Clear-Site-Data` may name; never `cookies`, which would take those of every other application on the domain. */
export type SiteData = 'cache' | 'storage'

export interface CookieOptions {
  /** `strict` (default), or `lax`: a signed-in user who follows a link from elsewhere arrives signed in. */
  readonly sameSite?: 'strict' | 'lax'
  /** Whether the access token travels as a cookie too, for pages made on the server; no, where nothing is said. */
  readonly access?: boolean
  /** Names without prefix and cookies without Secure, for plain http on a developer's machine; no, where nothing is said. */
  readonly insecure?: boolean
  /** What a browser is told to forget of this origin at sign-out, besides our cookies; `cache` and `storage` where nothing is said. */
  readonly clearSiteData?: readonly SiteData[]
}

export interface CookieNames {
  /** The refresh token. */
  readonly refresh: string
  /** The access token, for pages. */
  readonly access: string
  /** The public session id, for script to read: that there is a session, and which. */
  readonly sessionId: string
}

/** The options, checked. */
export interface CookieSettings {
  /** Whether `cookie` is among the transports at all; where it is not, no cookie is read or set. */
  readonly allowed: boolean
  readonly access: boolean
  readonly names: CookieNames
  /** What every cookie of ours has, and must have again to be taken away. */
  readonly attributes: string
  /** Value of `Clear-Site-Data`; empty for none. */
  readonly clearSiteData: string
}

const secureNames: CookieNames = {
  refresh: '__Host-Http-latchkey',
  access: '__Host-Http-latchkey-access',
  sessionId: '__Host-latchkey-session',
}
const insecureNames: CookieNames = {
  refresh: 'latchkey',
  access: 'latchkey-access',
  sessionId: 'latchkey-session',
}
const names: readonly (keyof CookieOptions)[] = ['sameSite', 'access', 'insecure', 'clearSiteData']
const siteData: readonly SiteData[] = ['cache', 'storage']

export interface CookieCircumstances {
  /** Whether `cookie` is among the transports. */
  readonly allowed: boolean
  readonly publicUrl: string
}

/** The options, checked, also against the public URL. Throws `option_invalid`. */
export function cookieSettingsOf(given: unknown = {}, { allowed, publicUrl }: CookieCircumstances): CookieSettings {
  const { sameSite = 'strict', access = false, insecure = false, clearSiteData = siteData } = checked(given)
  if (access && !allowed) throw invalid('cookies.access needs "cookie" among the transports')
  if (allowed) checkScheme(new URL(publicUrl), insecure)
  const site = sameSite === 'lax' ? 'Lax' : 'Strict'
  return {
    allowed,
    access,
    names: insecure ? insecureNames : secureNames,
    attributes: `Path=/; SameSite=${site}${insecure ? '' : '; Secure'}`,
    clearSiteData: clearSiteData.map((each) => `"${each}"`).join(', '),
  }
}

function checked(given: unknown): CookieOptions {
  if (typeof given !== 'object' || given === null) throw invalid('cookies must be an object')
  // Own properties alone: a polluted prototype takes no attribute away.
  const options: CookieOptions = Object.assign(Object.create(null), given)
  const unknown = Object.keys(options).find((name) => !names.some((each) => each === name))
  if (unknown !== undefined) throw invalid(`cookies has no option "${unknown}"; it has ${names.join(', ')}`)
  const { sameSite = 'strict', access = false, insecure = false, clearSiteData = [] } = options
  if (sameSite !== 'strict' && sameSite !== 'lax') throw invalid('cookies.sameSite must be "strict" or "lax"')
  if (typeof access !== 'boolean') throw invalid('cookies.access must be true or false')
  if (typeof insecure !== 'boolean') throw invalid('cookies.insecure must be true or false')
  if (!Array.isArray(clearSiteData) || !clearSiteData.every((each) => siteData.includes(each))) {
    throw invalid('cookies.clearSiteData must be a list of "cache" and "storage"')
  }
  return options
}

// A browser drops a Secure cookie that comes over plain http, and says nothing; nobody would know why.
function checkScheme({ protocol, hostname }: URL, insecure: boolean): void {
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(hostname) || hostname.endsWith('.localhost')
  if (insecure && (protocol !== 'http:' || !local)) {
    throw invalid('cookies.insecure is for plain http on this machine: publicUrl is not on localhost')
  }
  if (!insecure && protocol !== 'https:') {
    throw invalid(
      'cookies need https: publicUrl must begin with it, or, on a developer’s machine, cookies.insecure be true',
    )
  }
  if (!insecure) return
  // Never quietly: whoever sees this in production has to stop.
  process.emitWarning(
    'Session cookies travel over plain http and without Secure: for development on this machine only.',
    {
      type: 'LatchkeyWarning',
      code: 'LATCHKEY_INSECURE_COOKIES',
    },
  )
}

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', message)
