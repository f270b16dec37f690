// Whoever does not want to wait any longer leaves; the work itself goes on, unless it listens to the signal.

import { clientError } from './errors.ts'
import type { ClientPorts } from './ports.ts'

/** One caller may leave; what all wait for goes on. */
export const race = <Result>(shared: Promise<Result>, signal?: AbortSignal): Promise<Result> =>
  new Promise((resolve, reject) => {
    const leave = (): void => reject(signal?.reason)
    if (signal?.aborted) leave()
    signal?.addEventListener('abort', leave)
    shared.then(resolve, reject).finally(() => signal?.removeEventListener('abort', leave))
  })

/** Work that may take so many milliseconds, and is then told to stop. Throws `Timeout`. */
export const within = <Result>(
  ports: Pick<ClientPorts, 'after'>,
  ms: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> =>
  new Promise((resolve, reject) => {
    const controller = new AbortController()
    const stop = ports.after(ms, () => {
      reject(clientError('Timeout'))
      controller.abort()
    })
    work(controller.signal).then(resolve, reject).finally(stop)
  })
