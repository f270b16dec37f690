// The audit trail from the command line, beside a running server: what users, operators and thieves did can be looked up
// and exported; what an operator did is in it when he reads that it is done.

import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, claimsOf, renew, signed, signIn } from '../helpers/requests.ts'
import { addUser, runCommand, startServer, until } from '../helpers/server.ts'
import { Audited } from './audit-command.ts'

let trail: Audited
beforeAll(async () => {
  trail = await Audited.start()
})
afterAll(() => trail.server.remove())

test('a user’s life, as his rows tell it: sign-in, theft with both sides, sign-out, and what an operator did (PR-4, SE-15)', async () => {
  const ada = await trail.newUser('ada')
  const first = await signIn(trail.url, ada, { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' })
  const second = signed(await renew(trail.url, first.refreshToken))
  await renew(trail.url, second.refreshToken)
  const database = new DatabaseSync(trail.server.databasePath)
  database.exec('PRAGMA busy_timeout = 5000')
  database.exec('UPDATE latchkey_sessions SET rotated_at = rotated_at - 60000')
  database.close()
  expect((await renew(trail.url, first.refreshToken)).status).toBe(403)
  const other = await signIn(trail.url, ada)
  await ask(trail.url, 'POST /logout', { body: { refreshToken: other.refreshToken } })
  await trail.said('users passwd ada --password-stdin', 'another word of ada\n')
  await trail.said('users disable ada')
  await trail.said('users enable ada')
  const sessions = [first, other].map(({ accessToken }) => String(claimsOf(accessToken)['sid']))
  const rows = (await trail.rowsOnce('--user ada', 9)).toReversed()
  const seen = rows.map(({ event, session, actor }) => [
    event,
    session === null ? null : sessions.indexOf(session),
    actor,
  ])
  expect(seen).toEqual([
    ['user_added', null, 'cli'],
    ['signed_in', 0, null],
    ['revoked', 0, null],
    ['reuse', 0, null],
    ['signed_in', 1, null],
    ['revoked', 1, null],
    ['password_set', null, 'cli'],
    ['user_disabled', null, 'cli'],
    ['user_enabled', null, 'cli'],
  ])
  expect(rows.every(({ subject }) => subject === ada.id)).toBe(true)
  expect(await trail.exported('--user ada')).toEqual(rows)
  const reuse = rows.find(({ event }) => event === 'reuse')
  expect(reuse).toMatchObject({
    label: 'Node.js',
    place: '127.0.0.0',
    details: { depth: 2, device: { label: 'Firefox on Linux', place: '127.0.0.0' } },
  })
})

test('a wrong password and an unknown name leave the same kind of row, without the name (PR-8, SE-15, attack 40)', async () => {
  const bert = await trail.newUser('bert')
  for (const username of ['bert', 'nobody.of.that.name']) {
    const body = { username, password: 'a wrong password' }
    expect((await ask(trail.url, 'POST /login', { body })).status).toBe(401)
  }
  const refused = (await trail.rowsOnce('--event sign_in_refused', 2)).toReversed()
  const shape = { actor: null, session: null, client: null, label: 'Node.js', place: '127.0.0.0', details: {} }
  expect(refused).toMatchObject([shape, shape])
  for (const { account } of refused) expect(account).toMatch(/^[\w-]{43}$/)
  expect(JSON.stringify(refused)).not.toMatch(/bert|nobody\.of/)
  expect((await trail.rowsOf('--user bert')).map(({ event }) => event)).toEqual(['sign_in_refused', 'user_added'])
  expect((await trail.rowsOf(`--subject ${bert.id}`)).length).toBeGreaterThan(0)
})

test('rows are filtered by event and time, and exported as JSON lines, the oldest first', async () => {
  await trail.newUser('carl')
  const all = await trail.exported()
  expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted())
  expect(all.length).toBeGreaterThan(3)
  const [middle] = all.slice(2)
  const [before, after] = [`--until ${middle?.at}`, `--since ${middle?.at}`]
  expect([...(await trail.exported(before)), ...(await trail.exported(after))]).toEqual(all)
  const added = await trail.exported('--event user_added')
  expect(added.length).toBeGreaterThan(1)
  expect(new Set(added.map(({ event }) => event))).toEqual(new Set(['user_added']))
  expect((await trail.rowsOf('--event user_added')).toReversed()).toEqual(added)
  expect(JSON.parse(await trail.said('audit list --limit 1 --json'))).toHaveLength(1)
})

test('more rows than a page are exported, each once', async () => {
  const database = new DatabaseSync(trail.server.databasePath)
  database.exec('PRAGMA busy_timeout = 5000')
  const insert = database.prepare(
    `INSERT INTO latchkey_audit VALUES (?, 1, 'healed', NULL, NULL, NULL, NULL, NULL, '', '', '{}')`,
  )
  database.exec('BEGIN IMMEDIATE')
  for (let count = 0; count < 1201; count += 1) insert.run(`00000000-0001-7000-8000-${String(count).padStart(12, '0')}`)
  database.exec('COMMIT')
  database.close()
  const found = await trail.exported('--event healed')
  expect(new Set(found.map(({ id }) => id)).size).toBe(1201)
  // They are from 1970: retention takes them, and nothing that is younger.
  const others = (await trail.exported()).length - 1201
  expect(JSON.parse(await trail.said('sweep --json'))).toMatchObject({ auditRows: 1201 })
  expect((await trail.exported()).length).toBe(others)
})

test('keys rotate and sessions revoke --all are in the trail, by whom (SE-9)', async () => {
  const dora = await trail.newUser('dora')
  const { accessToken } = await signIn(trail.url, dora)
  await trail.said('keys rotate --signing')
  expect(await trail.rowsOf('--event keys_rotated')).toMatchObject([
    { actor: 'cli', details: { signing: true, refresh: false } },
  ])
  await trail.said('sessions revoke --all')
  const ended = await trail.rowsOf('--event revoked --user dora')
  expect(ended).toMatchObject([{ actor: 'cli', session: claimsOf(accessToken)['sid'], details: { reason: 'revoked' } }])
  const refused = async (): Promise<boolean> =>
    (await ask(trail.url, 'GET /me', { bearer: accessToken })).status === 401
  await until('the access token is refused', refused, 5000)
})

test('keys that come into use are noted, whoever made them', async () => {
  const noted = await trail.rowsOnce('--event key_in_use', 2)
  const seen = noted.map(({ details, actor }) => `${String(details['use'])} by ${actor}`)
  expect(seen.toSorted()).toEqual(['refresh by server', 'signing by server'])
})

test.each([
  ['audit list --event signed', 2, /there is no such event/],
  ['audit list --since yesterday', 2, /--since must be an instant/],
  ['audit list --limit 0', 2, /--limit must be 1 to 1000/],
  ['audit list --limit 1001', 2, /audit export/],
  ['audit list --user nobody', 3, /there is no user nobody/],
  ['audit list --user admin --subject x', 2, /--user or --subject/],
  ['audit erase', 2, /--user NAME or --subject ID/],
  ['sessions revoke', 2, /--all/],
  ['sessions revoke --all --user admin', 2, /one of them only/],
])('%s ends with %i and one sentence', async (args, code, sentence) => {
  const ran = await trail.run(args)
  expect([ran.code, ran.stdout]).toEqual([code, ''])
  expect(ran.stderr).toMatch(/^latchkey-server: [^\n]+\n$/)
  expect(ran.stderr).toMatch(sentence)
})

test('without addresses where nobody wants them kept; as a table for people, one line for each row (PR-1, PR-6)', async () => {
  const env = { LATCHKEY_AUDIT_ADDRESSES: 'none' }
  const other = await startServer(env)
  try {
    const hugo = await addUser(other.folder, 'hugo', 'the word of hugo')
    await signIn(other.url, hugo, { 'User-Agent': 'curl/8 \u0085 SIGNED_IN root' })
    await other.stop()
    const { stdout } = await runCommand(other.folder, ['audit', 'list'], env)
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^TIME \(UTC\) +EVENT +SUBJECT +SESSION +BY +CLIENT +FROM +PLACE +DETAILS$/)
    expect(lines).toHaveLength(4)
    expect(lines[1]).toMatch(/signed_in .* curl {2,}\{/)
    expect(stdout).not.toMatch(/127\.0|root/)
  } finally {
    await other.remove()
  }
})
