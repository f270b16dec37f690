// kill -9 in the middle of two hundred renewals, five times, each time started again on the same folder. What must hold
// over the whole recorded history: no honest client is signed out, no generation has two tokens (I2), and whatever the
// server acknowledged (a sign-in, a sign-out) is still so afterwards (I10).

import { afterAll, beforeAll, expect, test } from 'vitest'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, generationOf, renew, sidOf, signed, signIn, type Answer, type Signed } from '../helpers/requests.ts'
import { freshFolder, removeFolder, runCommand, startServer, TestServer } from '../helpers/server.ts'

const rounds = 5
const keyedCount = 100
const plainCount = 20
const room = {
  LATCHKEY_MAX_SESSIONS: '1000',
  LATCHKEY_HASHES_WAITING: '1000',
  LATCHKEY_LEEWAY_SECONDS: '60',
  LATCHKEY_THROTTLE: 'off',
}

let server: TestServer
beforeAll(async () => {
  server = await startServer(room)
})
afterAll(() => server.remove())

/** Every refresh token that was ever handed out, by session and generation. */
class History {
  readonly #tokens = new Map<string, string>()

  note(refreshToken: string): void {
    const place = `${sidOf(refreshToken)} ${generationOf(refreshToken)}`
    const known = this.#tokens.get(place) ?? refreshToken
    expect(refreshToken, `generation ${place} has two tokens`).toBe(known)
    this.#tokens.set(place, known)
  }

  get size(): number {
    return this.#tokens.size
  }
}

// What the client heard: an answer, or nothing, where the server died before it.
const heard = (asked: Promise<Answer>): Promise<Answer | null> => asked.catch(() => null)

interface Round {
  readonly keyed: readonly (Answer | null)[]
  readonly plain: readonly (Answer | null)[]
  readonly outs: readonly (Answer | null)[]
  readonly logins: readonly (Answer | null)[]
}

// Sends everything at once and kills the server when `killAfter` renewals have been answered.
async function killAmong(
  clients: readonly KeyedClient[],
  plain: readonly Signed[],
  leaving: readonly Signed[],
  killAfter: number,
): Promise<Round> {
  const { url } = server
  let answered = 0
  let killed: Promise<void> | undefined
  const counted = (asked: Promise<Answer>): Promise<Answer | null> =>
    heard(asked).then((answer) => {
      answered += 1
      if (answered >= killAfter) killed ??= server.kill()
      return answer
    })
  const outs = leaving.map(({ refreshToken }) => heard(ask(url, 'POST /logout', { body: { refreshToken } })))
  const logins = leaving.map(() => heard(ask(url, 'POST /login', { body: server.administrator })))
  const doubled = [...clients, ...clients.slice(0, 200 - keyedCount - plainCount)]
  const keyed = doubled.map((one) => counted(one.send(url)))
  const plains = plain.map(({ refreshToken }) => counted(renew(url, refreshToken)))
  const all = await Promise.all([keyed, plains, outs, logins].map((list) => Promise.all(list)))
  await (killed ?? server.kill())
  const [keyedAnswers = [], plainAnswers = [], outAnswers = [], loginAnswers = []] = all
  return { keyed: keyedAnswers, plain: plainAnswers, outs: outAnswers, logins: loginAnswers }
}

const isOk = (answer: Answer | null): answer is Answer => answer?.status === 200

async function expectSignedOut({ accessToken, refreshToken }: Signed): Promise<void> {
  expect((await renew(server.url, refreshToken)).status).toBe(403)
  expect((await ask(server.url, 'GET /me', { bearer: accessToken })).status).toBe(401)
}

test('killed again and again among 200 renewals: nobody signed out, nothing forked, no sign-out lost (OP-2, OP-7)', async () => {
  const history = new History()
  const begin = () => signIn(server.url, server.administrator)
  const clients = await Promise.all(
    Array.from({ length: keyedCount }, () => KeyedClient.signIn(server.url, server.administrator)),
  )
  let plain = await Promise.all(Array.from({ length: plainCount }, begin))
  const gone: Signed[] = []
  let lost = 0
  for (let round = 0; round < rounds; round += 1) {
    const leaving = await Promise.all(Array.from({ length: 5 }, begin))
    const seen = await killAmong(clients, plain, leaving, 10 + round * 35)
    for (const answer of [...seen.keyed, ...seen.plain].filter(isOk)) history.note(signed(answer).refreshToken)
    lost += seen.keyed.filter((answer) => answer === null).length
    for (const answer of [...seen.keyed, ...seen.plain]) expect([200, 503, undefined]).toContain(answer?.status)
    await server.start()
    gone.push(...leaving.filter((_, index) => seen.outs[index]?.status === 204))
    for (const session of gone) await expectSignedOut(session)
    for (const answer of seen.logins.filter(isOk))
      expect((await renew(server.url, signed(answer).refreshToken)).status).toBe(200)
    await Promise.all(clients.map((one, index) => goOn(one, seen.keyed[index] ?? null, history)))
    plain = await Promise.all(plain.map((held, index) => goOnPlain(held, seen.plain[index] ?? null, history)))
  }
  expect(lost, 'the server was killed in the middle').toBeGreaterThan(rounds)
  expect(history.size).toBeGreaterThan(rounds * (keyedCount + plainCount))
})

// An honest client takes the answer that it heard, or goes on with the token that it has.
async function goOn(one: KeyedClient, answer: Answer | null, history: History): Promise<void> {
  if (isOk(answer)) one.take(answer)
  const before = generationOf(one.refreshToken)
  const renewed = await one.renew(server.url)
  expect([renewed.status, renewed.text.slice(0, 80)]).toEqual([200, expect.any(String)])
  history.note(one.refreshToken)
  expect(generationOf(one.refreshToken) - before).toBeLessThanOrEqual(1)
}

// A plain client that lost the answer asks again within the leeway.
async function goOnPlain(held: Signed, answer: Answer | null, history: History): Promise<Signed> {
  const next = isOk(answer) ? signed(answer) : held
  const renewed = signed(await renew(server.url, next.refreshToken))
  history.note(renewed.refreshToken)
  return renewed
}

test('killed at any moment of its first start, the next start finds nothing half made', async () => {
  const folder = freshFolder()
  for (const moment of [60, 120, 180, 210, 240, 270, 300, 350]) {
    const starting = new TestServer({}, folder)
    const started = starting.start().then(
      () => true,
      () => false,
    )
    await new Promise((resolve) => {
      setTimeout(resolve, moment)
    })
    await starting.kill()
    await started
  }
  const last = await new TestServer({}, folder).start()
  expect((await ask(last.url, 'GET /readyz')).status).toBe(200)
  await last.stop()
  const { code, stdout } = await runCommand(folder, ['doctor', '--json'])
  expect([code, stdout.includes('"failure"')]).toEqual([0, false])
  removeFolder(folder)
})
