// G9: refreshes of the ready server while 16 sign-ins hash without pause, against the same undisturbed, the whole
// server on one core. Both come over HTTP from the same loader, from users of their own.

import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connections, disturbances, figuresOf, measure, type Round } from '../http-rounds.ts'
import type { Lane } from '../load.ts'
import { processorMs } from '../machine.ts'
import { stopProcess } from '../processes.ts'
import { addUser, startReadyServer } from '../ready-server.ts'
import type { Row, Table } from '../report.ts'
import type { Seed, SeedSession } from '../server/seed.ts'
import { median, micros, range, written } from '../statistics.ts'
import type { Part } from './part.ts'

const signInsAtOnce = 16
const sessions = 64

export const floodPart: Part = {
  name: 'flood',
  run: async ({ folder, loader, options: { seconds, rounds } }) => {
    const data = join(folder, 'data')
    const server = await startReadyServer(data, join(folder, 'log'))
    const password = randomBytes(12).toString('hex')
    await addUser(data, 'calm', password)
    await addUser(data, 'flood', password)
    const file = join(folder, 'sessions.json')
    writeFileSync(file, JSON.stringify(await signedIn(server.port, password)))
    const refreshes: Lane = { port: server.port, connections, work: { kind: 'refresh', file } }
    const work = { kind: 'login', username: 'flood', password } as const
    const signIns: Lane = { port: server.port, connections: signInsAtOnce, work }
    const cpu = async (): Promise<number> => processorMs(server.process.pid ?? 0) ?? 0
    try {
      const calm: Round[] = []
      const flooded: Round[] = []
      for (let round = -1; round < rounds; round += 1) {
        for (const flooding of round % 2 === 0 ? [false, true] : [true, false]) {
          const one = await measure(loader, cpu, flooding ? [refreshes, signIns] : [refreshes], seconds)
          if (round >= 0) (flooding ? flooded : calm).push(one)
        }
      }
      return [tableOf(calm, flooded)]
    } finally {
      await stopProcess(server.process)
    }
  },
}

// Through the front door, in pairs, so that the waiting room for passwords is never full.
async function signedIn(port: number, password: string): Promise<Seed> {
  const one = async (): Promise<SeedSession> => {
    const answer = await fetch(`http://127.0.0.1:${port}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'calm', password }),
    })
    const { refreshToken, accessToken } = (await answer.json()) as Record<string, unknown>
    if (typeof refreshToken !== 'string' || typeof accessToken !== 'string')
      throw new Error(`sign-in: ${answer.status}`)
    return { refresh: refreshToken, access: accessToken, nonce: null, key: null }
  }
  const begun: SeedSession[] = []
  while (begun.length < sessions) begun.push(...(await Promise.all([one(), one()])))
  return { sessions: begun, body: '', chains: true, revoked: null }
}

function tableOf(calm: readonly Round[], flooded: readonly Round[]): Table {
  const [undisturbed, beside] = [figuresOf(calm), figuresOf(flooded)]
  const notes = disturbances([
    ['undisturbed', undisturbed],
    ['beside sign-ins', beside],
  ])
  const disturbed = notes.length > 0
  const ratio = beside.perSecond / undisturbed.perSecond
  const slower = beside.p99 / undisturbed.p99
  const signIns = flooded.flatMap(({ lanes }) => lanes.slice(1).map(({ perSecond }) => perSecond))
  const perSecond = median(signIns)
  const rows: Row[] = [
    {
      what: 'refreshes, undisturbed',
      figure: `${written(undisturbed.perSecond)}/s`,
      spread: undisturbed.spread,
      detail: undisturbed.detail,
      disturbed: undisturbed.disturbance !== null,
      raw: calm,
    },
    {
      what: `refreshes, ${signInsAtOnce} sign-ins under way`,
      figure: `${written(beside.perSecond)}/s`,
      spread: beside.spread,
      ratio,
      goal: '≥ 0.9',
      met: ratio >= 0.9,
      detail: `${beside.detail} (both kinds of answers, hashing included)`,
      disturbed,
      raw: flooded,
    },
    {
      what: 'p99 of refreshes meanwhile',
      figure: micros(beside.p99),
      ratio: slower,
      goal: '≤ 1.2',
      met: slower <= 1.2,
      disturbed,
    },
    {
      what: 'sign-ins meanwhile',
      figure: `${written(perSecond)}/s`,
      spread: range(signIns),
      goal: '≥ 20/s',
      met: perSecond >= 20,
      disturbed,
    },
  ]
  return { goal: 'G9', title: 'the ready server on one core, refreshes beside a flood of sign-ins', rows, notes }
}
