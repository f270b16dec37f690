// What the compiler must refuse, on the built package, as a user of it meets it: each line compiles but for one mistake,
// and each mistake would otherwise show itself to a visitor. What must compile stands beside it, or all of it could be
// refused.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../meta/programs.ts'
import { root } from '../../meta/sources.ts'

const prelude = `
import { bodyMode, clientErrorCodes, createClient, isClientError, memoryStorage, plain } from 'latchkey/client'
import type { ClientErrorCode, ClientOptions, LatchkeyClient, State } from 'latchkey/client'
declare const client: LatchkeyClient<{ readonly name: string }>
declare const state: State
declare const code: ClientErrorCode
declare const error: unknown
export { bodyMode, clientErrorCodes, createClient, isClientError, memoryStorage, plain, client, state, code, error }
export type { ClientOptions }
`

const react = `
import { createElement, type ReactElement } from 'react'
import { SessionProvider, useSession } from 'latchkey/client/react'
export { createElement, SessionProvider, useSession, type ReactElement }
`

const adapters = `
import axios from 'axios'
import ky from 'ky'
import { withClient as axiosWith } from 'latchkey/client/axios'
import { withClient as kyWith } from 'latchkey/client/ky'
export { axios, ky, axiosWith, kyWith }
`

/** What it is about, the mistake, and what the compiler says of it. */
type Mistake = readonly [name: string, code: string, says: RegExp]

const mistakes: readonly Mistake[] = [
  ['no baseUrl (C1)', `createClient({})`, /ClientOptions/],
  ['an option that does not exist (C1)', `createClient({ baseUrl: '/', baseURL: '/' })`, /baseURL/],
  [
    'a storage in cookie mode, where script sees no token (C41)',
    `createClient({ baseUrl: '/', storage: memoryStorage() })`,
    /'storage' does not exist/,
  ],
  [
    'a storage that is not said to be for tokens in bodies (C41)',
    `createClient({ baseUrl: '/', transport: memoryStorage() })`,
    /'Transport'/,
  ],
  [
    'body mode with a storage that is none (C42)',
    `createClient({ baseUrl: '/', transport: bodyMode({}) })`,
    /ClientStorage/,
  ],
  ['a transport that does not exist', `createClient({ baseUrl: '/', transport: 'header' })`, /'Transport'/],
  [
    'a list of options, whose places would be taken for something else',
    `[{ baseUrl: '/' }].map(createClient)`,
    /never/,
  ],
  ['one origin that is no list (C7)', `createClient({ baseUrl: '/', origins: 'https://a.example' })`, /string/],
  ['a token that was not awaited (C2)', `export const token: string = client.getAccessToken()`, /Promise/],
  [
    'a token that is null when the device is offline (C2)',
    `export const none: null = await client.getAccessToken()`,
    /string/,
  ],
  ['milliseconds where seconds are meant (C2)', `client.getAccessToken({ minMs: 30_000 })`, /minMs/],
  ['an event that does not exist (C47)', `client.on('signedOut', () => {})`, /signedOut/],
  ['a token looked for in an event (C19)', `client.on('refreshed', ({ accessToken }) => accessToken)`, /accessToken/],
  ['the reason of an event that has none (C48)', `client.on('change', ({ reason }) => reason)`, /reason/],
  ['a reason that does not exist (C48)', `client.on('ended', ({ reason }) => reason === 'timeout')`, /no overlap/],
  ['a code that does not exist (C4)', `switch (code) { case 'NetworkError': break }`, /not comparable/],
  ['a code of an error of anybody’s (C4)', `(error as Error).code`, /code/],
  ['a status that does not exist (C3)', `state.status === 'signed_out'`, /no overlap/],
  ['somebody’s id before it is known that he is there (C3)', `state.subject.length`, /null/],
  [
    'an anonymous visitor whose session cannot be renewed (C3)',
    `export const none: State = { status: 'anonymous', degraded: true, sessionId: null, subject: null }`,
    /degraded|not assignable/,
  ],
  ['a state that is written to (C3)', `state.status = 'anonymous'`, /read-only/],
  ['a state of the client’s that is replaced (C3)', `client.state = state`, /read-only/],
  [
    'a case that was forgotten (C3)',
    `export const words = (): string => { switch (state.status) { case 'unknown': return ''; case 'anonymous': return '' } }`,
    /return|undefined/,
  ],
  ['credentials that are no texts', `client.signIn({ username: 'ada', password: 7 })`, /number/],
  ['a user of another shape', `(await client.signIn({ username: 'ada' })).email`, /email/],
  ['a request to a number (C1)', `client.fetch(42)`, /number/],
  ['a body that is a function of nothing good (C38)', `client.fetch('/', { body: () => 42 })`, /number/],
  ['a sign-out taken for done (C36)', `(await client.signOut()).signedOut`, /signedOut/],
]

const inPages: readonly Mistake[] = [
  ['a body that is a number (C38)', `client.fetch('/', { body: 42 })`, /number/],
  ['a provider without a client', `${react} createElement(SessionProvider, {})`, /overload|client/],
  ['useSession with an option that does not exist', `${react} useSession({ suspend: true })`, /suspend/],
  [
    'somebody who waited and looks for unknown all the same (C3)',
    `${react} useSession({ suspense: true }).state.status === 'unknown'`,
    /no overlap/,
  ],
  ['an axios that is given the client itself', `${adapters} axios.create(axiosWith('/'))`, /not assignable/],
  ['a ky that is given the client itself', `${adapters} ky.create(kyWith('/'))`, /not assignable/],
]

const right: readonly string[] = [
  `createClient({ baseUrl: '/' })`,
  `createClient({ baseUrl: 'https://a.example', origins: ['https://b.example'], proof: plain })`,
  `createClient({ baseUrl: 'https://a.example', transport: bodyMode() })`,
  `export const like: typeof fetch = client.fetch`,
  `export const token: string = await client.getAccessToken({ minSeconds: 30, signal: AbortSignal.timeout(1000) })`,
  `await client.fetch('/', { method: 'POST', body: () => new Blob(['again']), headers: { a: 'b' } })`,
  `await client.fetch(new URL('https://a.example')); await client.fetch(new Request('https://a.example'), { body: null })`,
  `export const name: string = (await client.signIn({ username: 'ada', password: 'x' })).name`,
  `const stop: () => void = client.on('ended', ({ reason, sessionId }) => { if (reason === 'expired') stop(); sessionId.trim() })`,
  `export const words = (): string => {
    switch (state.status) { case 'unknown': return '?'; case 'authenticated': return state.subject; case 'anonymous': return '' }
  }`,
  `export const all = (): string => {
    switch (code) {
      case 'RefreshRejected': case 'RefreshUnavailable': case 'Offline': case 'Timeout': case 'BodyNotReplayable':
      case 'SignInRefused': case 'SignedOut': case 'Disposed': return clientErrorCodes[code]
    }
  }`,
  `if (isClientError(error) && error.code === 'RefreshUnavailable') (error.retryAfterSeconds ?? 0).toFixed()`,
]

const rightInPages: readonly string[] = [
  `${react} export const tree = createElement(SessionProvider, { client, children: createElement('p') })`,
  `${react} export const A = (): ReactElement => createElement('p', null, useSession().state.subject)`,
  `${react} export const B = (): string => {
    const { state } = useSession({ suspense: true })
    switch (state.status) { case 'authenticated': return state.subject; case 'anonymous': return '' }
  }`,
  `${adapters} export const a = axios.create({ ...axiosWith(client), baseURL: '/', timeout: 1000 })`,
  `${adapters} export const k = ky.create({ ...kyWith(client), prefix: '/' }).extend(kyWith(client))`,
]

const programs = {
  'a page': {
    libs: ['es2024', 'dom', 'dom.iterable'],
    types: [],
    wrong: [...mistakes, ...inPages],
    fine: [...right, ...rightInPages],
  },
  'Node, without the types of a page': { libs: ['es2024'], types: ['node'], wrong: mistakes, fine: right },
} as const

describe.each(Object.entries(programs))('misuse in a program for %s', (_, { libs, types, wrong, fine }) => {
  let folder = ''
  let said: readonly string[] = []
  beforeAll(async () => {
    const cache = join(root, 'node_modules/.cache')
    mkdirSync(cache, { recursive: true })
    folder = mkdtempSync(join(cache, 'latchkey-misuse-'))
    const compilerOptions = {
      noEmit: true,
      isolatedDeclarations: false,
      declaration: false,
      declarationMap: false,
      lib: libs,
      types,
    }
    const configuration = { extends: '../../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration))
    wrong.forEach(([, code], index) => writeFileSync(join(folder, `wrong-${index}.ts`), `${prelude}${code}\n`))
    fine.forEach((code, index) => writeFileSync(join(folder, `right-${index}.ts`), `${prelude}${code}\n`))
    const { stdout } = await run([join(root, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'])
    said = stdout.split('\n').map((line) => line.replace(/^.*?latchkey-misuse-\w+\//, ''))
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  // A message goes on in lines that are set in.
  const errorsOf = (file: string): string[] =>
    said
      .join('\n')
      .split(/\n(?! )/)
      .filter((message) => message.includes(`${file}.ts(`))

  it('compiles what is right, with the client’s fetch in the place of fetch (C1)', () => {
    expect(fine.flatMap((_, index) => errorsOf(`right-${index}`))).toEqual([])
  })

  it.each(wrong.map(([name, , says], index) => [name, says, index] as const))('refuses %s', (_, says, index) => {
    const errors = errorsOf(`wrong-${index}`)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatch(says)
  })
})
