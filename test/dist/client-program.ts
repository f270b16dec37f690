// A page's program that uses every subpath of the client, as somebody would write it who has only read the types. It is
// copied into an empty folder and type-checked there against the installed package; it is never run.

import { create } from 'axios'
import ky from 'ky'
import { createElement, type ReactElement } from 'react'
import {
  bodyMode,
  createClient,
  isClientError,
  memoryStorage,
  type ClientStorage,
  type LatchkeyClient,
  type State,
} from 'latchkey/client'
import { withClient as withClientForAxios } from 'latchkey/client/axios'
import { dpop } from 'latchkey/client/dpop'
import { withClient as withClientForKy } from 'latchkey/client/ky'
import { native } from 'latchkey/client/native'
import { fileStorage } from 'latchkey/client/node'
import { SessionProvider, useSession } from 'latchkey/client/react'

interface User {
  readonly id: string
  readonly name: string
}

const client: LatchkeyClient<User> = createClient<User>({ baseUrl: 'https://app.example.com', proof: dpop() })
const storage: ClientStorage = fileStorage('session.json')
/** For programs. */
export const inNode: LatchkeyClient = createClient({ baseUrl: 'https://app.example.com', transport: bodyMode(storage) })
/** For an app that is no web page. */
export const inApp: LatchkeyClient = createClient({
  baseUrl: 'https://app.example.com',
  transport: bodyMode(memoryStorage()),
  ...native({ isOnline: () => true }),
})
/** For nobody but this process. */
export const inMemory: LatchkeyClient = createClient({
  baseUrl: 'https://app.example.com',
  transport: bodyMode(),
  origins: ['https://api.example.com'],
})

// Its own type is that of fetch, so whatever takes one takes it.
const own: typeof fetch = client.fetch
/** Sends a body that can be made again. */
export const upload = (bytes: () => ReadableStream): Promise<Response> =>
  client.fetch('/files', { method: 'POST', body: bytes })
export const orders = create(withClientForAxios(client))
export const files = ky.create(withClientForKy(client))

const told: string[] = []
const stop: () => void = client.on('ended', ({ sessionId, reason }) => told.push(`${sessionId} ${reason}`))
client.on('change', (state: State) => told.push(`${state.status} ${state.degraded}`))

/** The name of who signs in, or why not. */
export async function signIn(username: string, password: string): Promise<string> {
  try {
    const { name } = await client.signIn({ username, password })
    await own('/me')
    return name
  } catch (error) {
    if (isClientError(error) && error.code === 'SignInRefused') return error.reason ?? ''
    throw error
  } finally {
    stop()
  }
}

/** What the page shows. */
export function Page(): ReactElement {
  return createElement(SessionProvider, { client, children: createElement(Name) })
}

function Name(): ReactElement {
  const { state } = useSession()
  return createElement('p', {}, state.subject)
}
