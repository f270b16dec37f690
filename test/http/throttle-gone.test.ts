// A client that sends its guess and is gone before the guess is looked at. Of a socket that is closed nobody knows any
// more where it came from: that must not be a way around the limits of an address.

import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../helpers/services.ts'
import { ask } from '../helpers/requests.ts'
import { credentials, startApp } from './in-process.ts'

const body = (password: string): string => JSON.stringify({ ...credentials, password })

/** Sends a wrong password, and resets the connection as soon as it has been sent. */
function hitAndRun(url: string): void {
  const { hostname, port } = new URL(url)
  const text = body('wrong')
  const head = `POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n`
  const socket = connect(Number(port), hostname, () => {
    socket.write(head + text, () => void setTimeout(() => socket.resetAndDestroy(), 5))
  })
  socket.on('error', () => undefined)
}

test('who is gone before his guess is looked at is counted by his address all the same (TE-10, attack 33)', async () => {
  let looked = 0
  let came = 0
  const app = await startApp({
    sessions: {
      throttle: { pairTries: 2, addressTries: 100, accountTries: 20 },
      authenticate: ({ password }) => {
        looked += 1
        return password === credentials.password ? { id: 'ada' } : null
      },
    },
    mount: (application, sessions) => {
      application.use(express.json())
      // An application that looks something up first.
      application.use(async (_req, _res, next) => {
        came += 1
        await pause(60)
        next()
      })
      application.use(sessions.router)
    },
  })
  onTestFinished(() => app.close())
  for (let count = 0; count < 15; count += 1) hitAndRun(app.url)
  await until(() => came === 15, 'all guesses')
  await pause(200)
  // Two are free, and one is let through after them.
  expect(looked).toBeLessThanOrEqual(3)
  expect(app.errors).toEqual([])
  // The owner elsewhere is not kept out by them: here everybody has one address, so the account's own counter tells.
  expect((await ask(app.url, 'POST /login', { body: { ...credentials, username: 'bob' } })).status).toBe(200)
})
