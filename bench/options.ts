// The options of `npm run bench`: which parts to run, how long a round takes, how many rounds there are, and where the
// figures go as JSON.

import { parseArgs } from 'node:util'

export interface Options {
  /** Names of parts; empty for all. */
  readonly only: readonly string[]
  /** Seconds of load in one round. */
  readonly seconds: number
  readonly rounds: number
  /** How many sessions the part `scale` compares with a thousand. */
  readonly sessions: number
  /** A file for all figures, rounds included. */
  readonly json: string | undefined
}

/** Throws an Error whose message tells the person at the screen what to mend. */
export function readOptions(given: readonly string[], names: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...given],
    options: {
      only: { type: 'string', default: '' },
      seconds: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '4' },
      sessions: { type: 'string', default: '5000000' },
      json: { type: 'string' },
    },
  })
  const only = values.only.split(',').filter(Boolean)
  const unknown = only.filter((name) => !names.includes(name))
  if (unknown.length > 0) throw new Error(`--only: there is no ${unknown.join(', ')}; there are ${names.join(', ')}`)
  return {
    only,
    seconds: numberOf('--seconds', values.seconds, 0.2, 60),
    rounds: Math.round(numberOf('--rounds', values.rounds, 1, 50)),
    sessions: Math.round(numberOf('--sessions', values.sessions, 10_000, 100_000_000)),
    json: values.json,
  }
}

function numberOf(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (text === '' || !(value >= min && value <= max)) throw new Error(`${name} must be a number from ${min} to ${max}`)
  return value
}
