// The whole life of sessions of every kind, played against a server: plain, keyed, DPoP-bound, in cookies, in a header, of an
// OAuth client; each begun, renewed, attacked, reported, ended and tried again. Whatever was secret on the way is noted.

import { DpopClient } from '../helpers/dpop.ts'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, renew, signed, signIn, type Answer, type Signed } from '../helpers/requests.ts'
import type { Credentials } from '../helpers/server.ts'
import { CookieSession } from './cookie-session.ts'
import type { Secrets } from './secrets.ts'
import { publicUrl, type Target } from './target.ts'

/** A confidential client, and one that may introspect. */
interface Clients {
  readonly shop: { readonly id: string; readonly secret: string }
  readonly watcher: { readonly id: string; readonly secret: string }
}

export interface Stage {
  readonly target: Target
  readonly user: Credentials
  readonly clients: Clients
  readonly secrets: Secrets
  /** Every answer that was no delivery of tokens: there must be no secret in any of them. */
  readonly refusals: Answer[]
}

/** Plays all of it. */
export async function playLives(stage: Stage): Promise<void> {
  await plainLife(stage)
  await keyedLife(stage)
  await dpopLife(stage)
  await cookieLife(stage)
  await headerLife(stage)
  await clientLife(stage)
  await failures(stage)
}

function note(
  { secrets }: Stage,
  kind: string,
  { accessToken, refreshToken }: Pick<Signed, 'accessToken' | 'refreshToken'>,
): void {
  secrets.accessToken(`access token, ${kind}`, accessToken)
  if (refreshToken !== undefined) secrets.refreshToken(`refresh token, ${kind}`, refreshToken)
}

async function refuse(stage: Stage, answer: Promise<Answer>): Promise<void> {
  const { status, ...rest } = await answer
  if (status === 200) throw new Error('this was to be refused')
  stage.refusals.push({ status, ...rest })
}

async function plainLife(stage: Stage): Promise<void> {
  const { url } = stage.target
  const one = await signIn(url, stage.user)
  const two = signed(await renew(url, one.refreshToken))
  const three = signed(await renew(url, two.refreshToken))
  for (const pair of [one, two, three]) note(stage, 'plain', pair)
  await ask(url, 'GET /me', { bearer: three.accessToken })
  await refuse(stage, ask(url, `GET /me?access_token=${three.accessToken}`))
  await refuse(stage, ask(url, 'GET /me', { bearer: `${three.accessToken}x` }))
  await refuse(
    stage,
    ask(url, 'POST /token', { body: { token: one.refreshToken }, headers: { 'Refresh-Token': two.refreshToken } }),
  )
  await refuse(stage, renew(url, one.refreshToken))
  await refuse(stage, renew(url, three.refreshToken))
  await refuse(stage, ask(url, 'GET /sessions', { bearer: three.accessToken }))
}

async function keyedLife(stage: Stage): Promise<void> {
  const { url } = stage.target
  const client = await KeyedClient.signIn(url, stage.user)
  stage.secrets.add('session key', client.sessionKey)
  for (let round = 0; round < 3; round += 1) {
    note(stage, 'keyed', client)
    stage.secrets.nonce('nonce', client.nonce)
    stage.secrets.add('mac of a proof', client.proof().split('.')[2] ?? '')
    await refuse(stage, renew(url, client.refreshToken))
    await client.renew(url)
  }
  note(stage, 'keyed', client)
  await ask(url, 'POST /logout', { body: { refreshToken: client.refreshToken } })
  await refuse(stage, client.send(url))
}

async function dpopLife(stage: Stage): Promise<void> {
  const place = { url: stage.target.url, publicUrl }
  const client = await DpopClient.signIn(place, stage.user)
  const secret = client.key.privateKey.export({ format: 'jwk' })
  stage.secrets.add('private key of DPoP', String(secret.d))
  note(stage, 'DPoP', client)
  await client.renew(place)
  note(stage, 'DPoP', client)
  await client.get(place, '/me')
  for (const nonce of Object.values(client.nonces)) stage.secrets.add('nonce of DPoP', nonce ?? '')
  await refuse(stage, renew(place.url, client.refreshToken))
  await refuse(stage, ask(place.url, 'GET /me', { bearer: client.accessToken }))
  const twice = { jti: 'twice', at: Date.now() }
  await client.get(place, '/me', twice)
  await refuse(stage, client.send(place, 'GET /me', { token: client.accessToken, proof: twice }))
}

async function cookieLife(stage: Stage): Promise<void> {
  const session = await CookieSession.signIn(stage.target)
  note(stage, 'cookie', session)
  await session.renew()
  note(stage, 'cookie', session)
  await refuse(stage, session.send('POST /token', {}))
  await session.send('POST /logout')
  await refuse(stage, session.send('POST /token'))
}

async function headerLife(stage: Stage): Promise<void> {
  const { url } = stage.target
  const headers = { 'Latchkey-Transport': 'header' }
  const begun = await ask(url, 'POST /login', { body: stage.user, headers })
  const token = begun.headers.get('Refresh-Token') ?? ''
  note(stage, 'header', { ...signed(begun), refreshToken: token })
  const next = await ask(url, 'POST /token', { headers: { 'Refresh-Token': token } })
  stage.secrets.refreshToken('refresh token, header', next.headers.get('Refresh-Token') ?? '')
  await refuse(stage, renew(url, token))
}

async function clientLife(stage: Stage): Promise<void> {
  const { target, clients, user } = stage
  const { shop, watcher } = clients
  const begun = signed(
    await ask(target.url, 'POST /login', { body: { ...user, client_id: shop.id, client_secret: shop.secret } }),
  )
  note(stage, 'client', begun)
  const form = (
    route: string,
    form: Record<string, string>,
    { id, secret }: { id: string; secret: string },
  ): Promise<Answer> => {
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    stage.secrets.add('HTTP Basic of a client', authorization.slice(6))
    const headers = { Authorization: authorization, 'Content-Type': 'application/x-www-form-urlencoded' }
    return ask(target.url, route, { body: new URLSearchParams(form).toString(), headers })
  }
  const grant = { grant_type: 'refresh_token', refresh_token: begun.refreshToken }
  const renewed = (await form('POST /token', grant, shop)).body as { access_token: string; refresh_token: string }
  note(stage, 'client', { accessToken: renewed.access_token, refreshToken: renewed.refresh_token })
  await refuse(stage, form('POST /token', grant, { ...shop, secret: `${shop.secret}x` }))
  stage.refusals.push(await form('POST /introspect', { token: renewed.access_token }, watcher))
  stage.refusals.push(await form('POST /introspect', { token: renewed.refresh_token }, watcher))
  stage.refusals.push(await form('POST /revoke', { token: renewed.refresh_token, token_type_hint: 'x' }, shop))
  await refuse(stage, form('POST /token', { ...grant, refresh_token: renewed.refresh_token }, shop))
}

async function failures(stage: Stage): Promise<void> {
  const { url } = stage.target
  const wrong = 'the wrong password of somebody'
  stage.secrets.add('wrong password', wrong)
  const accepts = [{}, { Accept: 'application/problem+json' }]
  for (const headers of accepts) {
    await refuse(stage, ask(url, 'POST /login', { body: { ...stage.user, password: wrong }, headers }))
    await refuse(stage, ask(url, 'POST /login', { body: { username: 'nobody', password: wrong }, headers }))
    await refuse(stage, ask(url, 'POST /login', { body: `{"username":"x","password":"${wrong}"`, headers }))
    await refuse(stage, ask(url, 'POST /login', { body: { username: ['x'], password: wrong }, headers }))
  }
}
