// What thieves try on our own client's sessions, with the HTTP requests of their own making.

import { createHmac, randomBytes } from 'node:crypto'
import { cookieHeader, send, type Loot } from './http-thief.ts'
import type { Profile } from './profile.ts'
import { lifetimeMs, type World } from './world.ts'

const said = ({ status, reason }: Loot): string => `${status} ${reason}`.trim()

/** Every cookie of the profile for our site, those that script cannot see among them. */
const jarOf = async (world: World, { context }: Profile): Promise<string> =>
  cookieHeader(await context.cookies(world.site.origin))

/** Proofs that somebody can make who has seen everything but the key: cookies, nonces, and one whole proof. */
function madeUp(seen: { readonly nonce: string; readonly proof: string }, cookie: string): (string | undefined)[] {
  const mac = (key: Buffer | string): string =>
    createHmac('sha256', key).update(`latchkey/proof/v1\nrefresh\n${seen.nonce}\n`).digest('base64url')
  const refreshToken = /=(lkr1_[^;]+)/.exec(cookie)?.[1] ?? ''
  const noise = randomBytes(32)
  return [
    undefined,
    'v1',
    `v1.${seen.nonce}.`,
    `v1.${seen.nonce}.${mac(noise)}`,
    `v1.${seen.nonce}.${mac('')}`,
    `v1.${seen.nonce}.${mac(refreshToken)}`,
    `v1.${randomBytes(20).toString('base64url')}.${mac(noise)}`,
    // A proof of before, on the nonce of now.
    `v1.${seen.nonce}.${seen.proof.split('.')[2]}`,
  ]
}

export interface Raid {
  readonly answers: readonly string[]
  readonly owner: readonly number[]
  readonly ended: readonly string[]
  readonly unproved: number
}

/** A copied jar, sent with every proof that can be made up, before and after the owner's next renewal. */
export async function raidWithProofs(world: World): Promise<Raid> {
  const home = await world.profile()
  const seen = { nonce: '', proof: '' }
  home.context.on('response', (response) => {
    const { 'latchkey-nonce': nonce } = response.headers()
    if (nonce !== undefined) seen.nonce = nonce
    const { 'latchkey-proof': proof } = response.request().headers()
    // The one that goes with the nonce is worth something for as long as that lives, as the documents say.
    if (proof !== undefined && proof !== 'v1' && seen.proof === '') seen.proof = proof
  })
  const [owner] = await home.signedIn(1)
  await world.pass(lifetimeMs)
  const calls = [await owner.call()]
  const cookie = await jarOf(world, home)
  const proofs = madeUp(seen, cookie)
  const raid = (): Promise<string[]> =>
    Promise.all(
      proofs.map(async (proof) =>
        said(
          await send(world.site.origin, 'POST /token', { Cookie: cookie, ...(proof && { 'Latchkey-Proof': proof }) }),
        ),
      ),
    )
  const answers = await raid()
  await world.pass(lifetimeMs)
  calls.push(await owner.call())
  answers.push(...(await raid()))
  return { answers, owner: calls, ended: await owner.ended(), unproved: world.site.count('unproved') }
}

export interface CopiedToken {
  readonly alive: number
  readonly expired: number
  readonly signedOut: number
  readonly renewed: number
}

/** A copied access token, in use elsewhere. */
export async function tokenCopied(world: World): Promise<CopiedToken> {
  const home = await world.profile()
  const [owner] = await home.signedIn(1)
  const me = async (token: string): Promise<number> =>
    (await send(world.site.origin, 'GET /me', { Authorization: `Bearer ${token}` })).status
  const first = await owner.accessToken()
  const alive = await me(first)
  const renewed = await send(world.site.origin, 'POST /token', { Authorization: `Bearer ${first}` }, {})
  await world.pass(lifetimeMs)
  const expired = await me(first)
  const second = await owner.accessToken()
  await owner.signOut()
  return { alive, expired, signedOut: await me(second), renewed: renewed.status }
}

export interface Stolen {
  readonly thief: readonly string[]
  readonly owner: number
  readonly ended: readonly string[]
  readonly alarms: number
}

/** The thief renews a plain session with a copied jar; the owner comes much later. */
export async function plainSessionStolen(world: World): Promise<Stolen> {
  const home = await world.profile()
  const [owner] = await home.signedIn(1)
  const { origin } = world.site
  const first = await send(origin, 'POST /token', { Cookie: await jarOf(world, home) })
  await world.pass(lifetimeMs)
  const called = await owner.call()
  const again = await send(origin, 'POST /token', { Cookie: first.cookie })
  return {
    thief: [said(first), said(again)],
    owner: called,
    ended: await owner.ended(),
    alarms: world.site.count('reuse'),
  }
}
