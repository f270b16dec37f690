// The settings that say which browsers, pages and proxies the server may believe: how refresh tokens travel, whose pages
// may call, and whose word counts for a client's address. Apart from the others because they stand and fall together.

import { isIP } from 'node:net'
import { transports, type Transport } from 'latchkey'
import { z } from 'zod'
import { list } from './setting-values.ts'

/** What the settings say of browsers. */
export interface BrowserConfig {
  readonly transports: readonly Transport[]
  readonly origins: readonly string[]
  readonly sameSite: 'strict' | 'lax'
  readonly insecureCookies: boolean
  /** As Express takes it: how many proxies there are, or which. */
  readonly trustProxy: number | readonly string[]
}

/** Their rows in the table of settings. */
export const browserSettings: readonly { readonly name: string; readonly default: string; readonly says: string }[] = [
  {
    name: 'LATCHKEY_TRANSPORTS',
    default: 'body,header',
    says: 'How refresh tokens may travel, separated by commas: `body`, `header`, and `cookie` for browsers, which needs https in LATCHKEY_ISSUER.',
  },
  {
    name: 'LATCHKEY_ORIGINS',
    default: '',
    says: 'Origins of other sites whose pages may call this server and read its answers, separated by commas, such as `https://app.example.com`.',
  },
  {
    name: 'LATCHKEY_SAME_SITE',
    default: 'strict',
    says: 'SameSite of the cookies: `strict`, or `lax` for users who arrive signed in by links from elsewhere.',
  },
  {
    name: 'LATCHKEY_INSECURE_COOKIES',
    default: 'off',
    says: '`on` for cookies over plain http, without Secure and without the names that protect them: for a developer’s own machine alone.',
  },
  {
    name: 'LATCHKEY_TRUST_PROXY',
    default: '',
    says: 'Which proxies in front may say where a request came from: how many there are, or their addresses and networks, separated by commas (`loopback`, `linklocal` and `uniquelocal` are names of some). None where nothing is said.',
  },
]

interface Values {
  readonly LATCHKEY_TRANSPORTS: readonly Transport[]
  readonly LATCHKEY_ORIGINS: readonly string[]
  readonly LATCHKEY_SAME_SITE: 'strict' | 'lax'
  readonly LATCHKEY_INSECURE_COOKIES: 'on' | 'off'
  readonly LATCHKEY_TRUST_PROXY: number | readonly string[]
}

const origin = z.string().refine((text) => isOrigin(text), 'must be origins, such as `https://app.example.com`')
const isOrigin = (text: string): boolean =>
  /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text

/** Their values. */
export const browserFields: { readonly [Name in keyof Values]: z.ZodType<Values[Name]> } = {
  LATCHKEY_TRANSPORTS: list.pipe(z.array(z.enum(transports)).min(1, 'must name at least one')),
  LATCHKEY_ORIGINS: list.pipe(z.array(origin)),
  LATCHKEY_SAME_SITE: z.enum(['strict', 'lax']),
  LATCHKEY_INSECURE_COOKIES: z.enum(['on', 'off']),
  LATCHKEY_TRUST_PROXY: list
    .refine((given) => proxiesOf(given) !== null, 'must be a number from 1 to 10, or addresses and networks')
    .transform((given) => proxiesOf(given) ?? 0),
}

// Never "all": then a client says itself where it comes from (attack 33).
function proxiesOf(given: readonly string[]): number | readonly string[] | null {
  const [first = '0'] = given
  if (given.length < 2 && /^\d{1,2}$/.test(first))
    return given.length === 0 || isCount(Number(first)) ? Number(first) : null
  return given.every(isNetwork) ? given : null
}

const isCount = (count: number): boolean => count >= 1 && count <= 10

function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [, address = '', bits] = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const version = isIP(address)
  return version !== 0 && (bits === undefined || (Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128)))
}

/** The same, for the application. */
export const browserConfigOf = (values: Values): BrowserConfig => ({
  transports: values.LATCHKEY_TRANSPORTS,
  origins: values.LATCHKEY_ORIGINS,
  sameSite: values.LATCHKEY_SAME_SITE,
  insecureCookies: values.LATCHKEY_INSECURE_COOKIES === 'on',
  trustProxy: values.LATCHKEY_TRUST_PROXY,
})

/** What does not fit together among them, a sentence for each. */
export function browserMisfits(
  env: NodeJS.ProcessEnv,
  values: Values & { readonly LATCHKEY_ISSUER: string },
): string[] {
  const { insecureCookies, transports: allowed } = browserConfigOf(values)
  const { protocol, hostname } = new URL(values.LATCHKEY_ISSUER)
  const cookies = allowed.includes('cookie')
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(hostname) && protocol === 'http:'
  const onlyWithCookies = ['LATCHKEY_SAME_SITE', 'LATCHKEY_INSECURE_COOKIES'].filter((name) => env[name] && !cookies)
  return [
    ...onlyWithCookies.map((name) => `${name}: only with \`cookie\` in LATCHKEY_TRANSPORTS; take it away`),
    ...(cookies && !insecureCookies && protocol !== 'https:' ? [needsHttps] : []),
    ...(insecureCookies && (!local || env['NODE_ENV'] === 'production') ? [onlyLocal] : []),
  ]
}

const needsHttps =
  'LATCHKEY_TRANSPORTS: `cookie` needs an LATCHKEY_ISSUER that begins with https; on a developer’s own machine LATCHKEY_INSECURE_COOKIES=on does without'
const onlyLocal =
  'LATCHKEY_INSECURE_COOKIES: only for development, with an LATCHKEY_ISSUER of http on this machine; take it away'
