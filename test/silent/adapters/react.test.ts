// `useSession` where React renders on a server. The mistakes it prevents: a server that asks for the session of nobody,
// one visitor's name in another's page, and a stream that waits for ever for what a server never learns.

import { createElement, Suspense } from 'react'
import { renderToPipeableStream, renderToString } from 'react-dom/server'
import { text } from 'node:stream/consumers'
import { PassThrough } from 'node:stream'
import { createClient } from 'latchkey/client'
import { SessionProvider, useSession } from 'latchkey/client/react'
import { describe, expect, it, vi } from 'vitest'
import { authenticated, drivenClient, unknown } from '../../browser/client-react/driven.ts'
import { Patient, Plain, treeOf } from '../../browser/client-react/tree.ts'

describe('useSession on a server', () => {
  it('renders unknown and asks nobody, with the real client (C43)', () => {
    const fetch = vi.fn<typeof globalThis.fetch>()
    const client = createClient({ baseUrl: 'https://app.example', fetch })
    const before = client.state
    expect(renderToString(treeOf(client))).toContain('<p id="plain">unknown</p>')
    expect([fetch.mock.calls, client.state]).toEqual([[], before])
    client.dispose()
  })

  it('renders unknown for everybody, and listens to nothing, even where a client knows more (C43)', () => {
    const { client, listeners, restores } = drivenClient(authenticated)
    const html = renderToString(treeOf(client))
    expect(html).toContain('<p id="plain">unknown</p>')
    expect(html).not.toContain('ada')
    expect([listeners(), restores()]).toEqual([0, 0])
  })

  it('renders what waits in the place of a component that waits, and goes on with the rest (C43)', () => {
    const { client, listeners, restores } = drivenClient(unknown)
    const html = renderToString(treeOf(client, { parts: ['patient'] }))
    expect(html).toContain('one moment')
    expect(html).not.toContain('id="patient"')
    expect([listeners(), restores()]).toEqual([0, 0])
  })

  it('comes to an end where a page is streamed (C43)', async () => {
    const { client } = drivenClient(unknown)
    const told: unknown[] = []
    const patient = createElement(Suspense, { fallback: 'one moment' }, createElement(Patient))
    const tree = createElement(SessionProvider, { client }, patient, createElement(Plain))
    const { pipe } = renderToPipeableStream(tree, { onError: (error) => void told.push(error) })
    const html = await text(pipe(new PassThrough()))
    expect(html).toContain('one moment')
    expect(html).toContain('<p id="plain">unknown</p>')
    expect(String(told)).toContain('renders in the browser only')
  })

  it('says what is missing where there is no provider', () => {
    const Alone = (): string => useSession().state.status
    expect(() => renderToString(createElement(Alone))).toThrow('<SessionProvider>')
  })
})
