// An application of its own, in this process, on a clock that a test sets: for what the ready server has not (scopes), and
// for what takes days (new keys). It is asked over a socket, by the URL that is its issuer.

import { startApp, type AppOptions, type RunningApp } from '../http/in-process.ts'
import { audience } from './deployment.ts'
import { Front } from './front.ts'

export interface Application {
  /** The issuer. */
  readonly url: string
  readonly app: RunningApp
  readonly close: () => Promise<void>
}

/** Starts an application; close it when done. `path` is where in it the issuer is. */
export async function startApplication(options: AppOptions, path = ''): Promise<Application> {
  const front = await Front.open()
  const url = `${front.url}${path}`
  const app = await startApp({ ...options, latchkey: { issuer: url, audience, ...options.latchkey } })
  front.leadTo(app.url)
  const close = async (): Promise<void> => {
    await front.close()
    await app.close()
  }
  return { url, app, close }
}
