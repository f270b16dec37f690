import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createKeyRing } from '../../packages/latchkey/src/core/key-ring.ts'
import { proofText, SessionKeys } from '../../packages/latchkey/src/core/session-key.ts'
import { keys, minute, proofFor } from '../helpers/engine.ts'

const issuer = 'https://auth.example'
const environment = Buffer.alloc(16, 0x11)
const rootBytes = Buffer.from(Array.from({ length: 32 }, (_, index) => index))
const ring = createKeyRing({
  ...keys,
  refresh: [
    { kid: 7, root: rootBytes.toString('base64url') },
    { kid: 8, root: Buffer.alloc(32, 8).toString('base64url') },
  ],
})
const root = ring.activeRoot(0)
const otherRoot = ring.roots.get(8)!
const sessionKeys = new SessionKeys(issuer, environment, 20 * minute)

const sid = '018bcfe568007000b000000000000001'
const otherSid = '018bcfe568007000b000000000000002'
const token = `lkr1_${'A'.repeat(72)}`
const now = 1_700_000_010_000
const key = sessionKeys.keyOf(root, sid)
const nonce = sessionKeys.nonce(root, sid, now)
const proof = proofFor(key, nonce, token)

const judge = (header: string, covered = token, at = now, of = sid, by = root) =>
  sessionKeys.judge(header, covered, by, of, at)

const hmac = (secret: Buffer, ...parts: Buffer[]) => createHmac('sha256', secret).update(Buffer.concat(parts)).digest()
const hkdf = (salt: Buffer, info: Buffer) => hmac(hmac(salt, rootBytes), info, Buffer.from([1]))
const lp = (bytes: Buffer) => Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])

// The last character of a text whose bits do not fill it has other spellings of the same bytes.
function respelled(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)!) + 1]
}

describe('a session key', () => {
  test('is derived as the protocol says', () => {
    const info = Buffer.concat([Buffer.from('latchkey/session-key/v1\0'), lp(Buffer.from(issuer)), lp(environment)])
    expect(key).toBe(hkdf(Buffer.from(sid, 'hex'), info).toString('base64url'))
    expect(key).toBe('3sqoiSv4gWDLqmIcnVuk-n83Kq_yRFel9f98TY1xXNs')
  })

  test('is another for another session, root, issuer or environment', () => {
    const all = [
      key,
      sessionKeys.keyOf(root, otherSid),
      sessionKeys.keyOf(otherRoot, sid),
      new SessionKeys('https://other.example', environment, 20 * minute).keyOf(root, sid),
      new SessionKeys(issuer, Buffer.alloc(16, 0x12), 20 * minute).keyOf(root, sid),
    ]
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('a nonce', () => {
  test('is made as the protocol says', () => {
    const minutes = Buffer.alloc(4)
    minutes.writeUInt32BE(Math.floor(now / minute))
    const secret = hkdf(Buffer.alloc(32), Buffer.from('latchkey/nonce-key/v1'))
    const mac = hmac(secret, Buffer.from('latchkey/nonce/v1\0'), Buffer.from(sid, 'hex'), minutes).subarray(0, 16)
    expect(nonce).toBe(Buffer.concat([minutes, mac]).toString('base64url'))
    expect(nonce).toBe('AbBVFRbmMwHJ1GRQXvGKRsIom40')
  })

  test('changes each minute, and with the session and the root', () => {
    expect(sessionKeys.nonce(root, sid, now + minute)).not.toBe(nonce)
    expect(sessionKeys.nonce(root, otherSid, now)).not.toBe(nonce)
    expect(sessionKeys.nonce(otherRoot, sid, now)).not.toBe(nonce)
  })
})

describe('a proof', () => {
  test('is right over the token that it covers, and in cookie mode over none', () => {
    expect(judge(proof)).toBe('right')
    expect(judge(proofFor(key, nonce, ''), '')).toBe('right')
  })

  test('is made over the text of the protocol', () => {
    expect(proofText('N', '')).toBe('latchkey/proof/v1\nrefresh\nN\n')
    expect(proofText('N', 'abc')).toBe('latchkey/proof/v1\nrefresh\nN\nungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
  })

  test.each([
    ['of another token', proofFor(key, nonce, `lkr1_${'B'.repeat(72)}`)],
    ['of no token, where there is one', proofFor(key, nonce, '')],
    ["by another session's key", proofFor(sessionKeys.keyOf(root, otherSid), nonce, token)],
    ['by a key from another root', proofFor(sessionKeys.keyOf(otherRoot, sid), nonce, token)],
    ["with another session's nonce", proofFor(key, sessionKeys.nonce(root, otherSid, now), token)],
    ['with a nonce from another root', proofFor(key, sessionKeys.nonce(otherRoot, sid, now), token)],
    ['with a nonce of its own making', proofFor(key, Buffer.alloc(20, 1).toString('base64url'), token)],
    ['with an altered nonce', proof.replace(nonce, sessionKeys.nonce(root, sid, now + minute))],
    [
      'of another purpose',
      `v1.${nonce}.${hmac(Buffer.from(key, 'base64url'), Buffer.from('x')).toString('base64url')}`,
    ],
  ])('is wrong %s', (_what, header) => {
    expect(judge(header)).toBe('wrong')
  })

  test('is wrong over nothing where it covers a token', () => {
    expect(judge(proof, '')).toBe('wrong')
  })

  test('is wrong whichever bit of its nonce or mac is turned', () => {
    const [, nonceText, mac] = proof.split('.')
    for (const [index, text] of [nonceText!, mac!].entries()) {
      const bytes = Buffer.from(text, 'base64url')
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const altered = Buffer.from(bytes)
        altered[bit >> 3]! ^= 1 << (bit & 7)
        const parts = ['v1', nonceText, mac]
        parts[index + 1] = altered.toString('base64url')
        expect(judge(parts.join('.'))).toBe('wrong')
      }
    }
  })

  test.each([
    '',
    'v1',
    'v1..',
    `v2.${proof.slice(3)}`,
    `V1.${proof.slice(3)}`,
    ` ${proof}`,
    `${proof} `,
    `${proof}\n`,
    `${proof}=`,
    `${proof}.`,
    `${proof},${proof}`,
    proof.slice(0, -1),
    `v1.${nonce}=.${proof.split('.')[2]}`,
    `v1.${nonce}.${'A'.repeat(100_000)}`,
  ])('is wrong where its form is not right (%#)', (header) => {
    expect(judge(header)).toBe('wrong')
  })

  test('has one spelling', () => {
    const [, , mac] = proof.split('.')
    expect(Buffer.from(respelled(mac!), 'base64url')).toEqual(Buffer.from(mac!, 'base64url'))
    expect(judge(`v1.${nonce}.${respelled(mac!)}`)).toBe('wrong')
    expect(judge(proofFor(key, respelled(nonce), token))).toBe('wrong')
  })
})

describe('the age of a nonce', () => {
  const minuteOf = (instant: number): number => Math.floor(instant / minute)
  const made = (minutesAgo: number): string =>
    proofFor(key, sessionKeys.nonce(root, sid, (minuteOf(now) - minutesAgo) * minute), token)

  test.each([
    [-2, 'stale'],
    [-1, 'right'],
    [0, 'right'],
    [1, 'right'],
    [20, 'right'],
    [21, 'stale'],
    [1_000_000, 'stale'],
  ])('of %i minutes is %s', (minutesAgo, judgement) => {
    expect(judge(made(minutesAgo))).toBe(judgement)
  })

  test('is judged only for the holder of the key (a thief is not told)', () => {
    const thief = sessionKeys.keyOf(root, otherSid)
    expect(judge(proofFor(thief, sessionKeys.nonce(root, sid, now - 60 * minute), token))).toBe('wrong')
  })

  test('may be twice the life of an access token, where that is longer', () => {
    const long = new SessionKeys(issuer, environment, 120 * minute)
    expect(long.judge(made(120), token, root, sid, now)).toBe('right')
    expect(long.judge(made(121), token, root, sid, now)).toBe('stale')
  })
})
