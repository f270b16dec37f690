import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createKeyRing } from '../../packages/latchkey/src/core/key-ring.ts'
import { RefreshTokens, type Mintable } from '../../packages/latchkey/src/core/refresh-token.ts'
import { proofKinds, transports } from '../../packages/latchkey/src/core/session.ts'
import { keys } from '../helpers/engine.ts'

const issuer = 'https://auth.example'
const environment = Buffer.alloc(16, 0x11)
const root = Buffer.from(Array.from({ length: 32 }, (_, index) => index))
const ringOf = (refresh: readonly (readonly [number, Buffer])[]) =>
  createKeyRing({ ...keys, refresh: refresh.map(([kid, bytes]) => ({ kid, root: bytes.toString('base64url') })) })
const ring = ringOf([[7, root]])
const tokens = new RefreshTokens(ring, issuer, environment)

const session: Mintable = {
  sid: '018bcfe568007000b000000000000001',
  generation: 0x01020304,
  kid: 7,
  proof: 'session_key',
  transport: 'cookie',
  client: 'first-party',
}

// HKDF and the layout once more, by the letter of RFC 5869 and docs/protocol.md, with nothing of the source.
const hmac = (key: Buffer, ...parts: Buffer[]) => createHmac('sha256', key).update(Buffer.concat(parts)).digest()
const hkdf = (secret: Buffer, salt: Buffer, info: Buffer) => hmac(hmac(salt, secret), info, Buffer.from([1]))
const lp = (bytes: Buffer) => Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])

function expected({ sid, generation, kid, proof, transport, client }: Mintable): string {
  const generationBytes = Buffer.from(generation.toString(16).padStart(8, '0'), 'hex')
  const flags =
    { plain: 0, session_key: 1, dpop: 2, device_bound: 3 }[proof] + 4 * { body: 0, cookie: 1, header: 2 }[transport]
  const head = Buffer.concat([Buffer.from([flags]), Buffer.from(sid, 'hex'), generationBytes, Buffer.from([kid])])
  const key = hkdf(root, Buffer.alloc(32), Buffer.from('latchkey/refresh-key/v1'))
  const context = [Buffer.from(issuer), environment, Buffer.from(client)].map(lp)
  const mac = hmac(key, Buffer.from('latchkey/refresh/v1\0'), ...context, head)
  return `lkr1_${Buffer.concat([head, mac]).toString('base64url')}`
}

const open = (token: string, with_: RefreshTokens = tokens) => with_.open(token, 'first-party', 'cookie')
const forged = { refused: 'forged' }
const token = tokens.mint(session)

describe('a refresh token', () => {
  test('has the layout of the protocol, byte for byte', () => {
    for (const proof of proofKinds) {
      for (const transport of transports) {
        for (const generation of [1, 255, 256, 0x01020304, 0xffff_ffff]) {
          const one = { ...session, proof, transport, generation }
          expect(tokens.mint(one)).toBe(expected(one))
        }
      }
    }
    for (const client of ['', 'a', 'größer 東京', 'c'.repeat(300)]) {
      expect(tokens.mint({ ...session, client })).toBe(expected({ ...session, client }))
    }
  })

  test('is the very text that the first release made', () => {
    expect(token).toBe('lkr1_BQGLz-VoAHAAsAAAAAAAAAEBAgMEB2Da0Lylt1M-mVQqCoOi23Pt929f3i2GSElSknEDilgi')
  })

  test('has 77 characters, all of them fit for a URL, a cookie and a header', () => {
    expect(token).toMatch(/^lkr1_[A-Za-z0-9_-]{72}$/)
  })

  test('opens to what it was made of', () => {
    for (const proof of proofKinds) {
      for (const transport of transports) {
        const made = tokens.mint({ ...session, proof, transport })
        const { sid, generation } = session
        expect(tokens.open(made, 'first-party', transport)).toEqual({
          sid,
          generation,
          proof,
          transport,
          root: ring.activeRoot(0),
        })
      }
    }
  })

  test('is the same whenever it is made, and another for every generation (I2, OP-1)', () => {
    expect(tokens.mint({ ...session })).toBe(token)
    const generations = Array.from({ length: 1000 }, (_, index) => tokens.mint({ ...session, generation: index + 1 }))
    expect(new Set(generations).size).toBe(1000)
  })
})

describe('a token that is not ours', () => {
  const bytes = Buffer.from(token.slice(5), 'base64url')
  const flips = Array.from({ length: 54 * 8 }, (_, bit) => {
    const altered = Buffer.from(bytes)
    altered[bit >> 3]! ^= 1 << (bit & 7)
    return `lkr1_${altered.toString('base64url')}`
  })

  test('is refused whichever bit is turned (RT-9)', () => {
    for (const [bit, flipped] of flips.entries()) {
      // A turned bit of the kid names a key that there is not.
      expect(open(flipped)).toMatchObject(bit >> 3 === 21 ? { refused: 'kid_unknown' } : forged)
    }
  })

  test('is refused with a kid turned to another key of ours', () => {
    const both = new RefreshTokens(
      ringOf([
        [7, root],
        [6, Buffer.alloc(32, 9)],
      ]),
      issuer,
      environment,
    )
    expect(open(token, both)).toMatchObject({ generation: session.generation })
    expect(open(flips[21 * 8]!, both)).toEqual(forged)
  })

  test.each([
    ['issuer', new RefreshTokens(ring, 'https://other.example', environment)],
    ['issuer by a slash', new RefreshTokens(ring, `${issuer}/`, environment)],
    ['environment, as in a cloned database', new RefreshTokens(ring, issuer, Buffer.alloc(16, 0x12))],
    ['root', new RefreshTokens(ringOf([[7, Buffer.alloc(32, 9)]]), issuer, environment)],
  ])('is refused from another %s', (_what, others) => {
    expect(open(others.mint(session))).toEqual(forged)
    expect(open(token, others)).toEqual(forged)
  })

  test('is refused from another client, or by another transport (RT-5)', () => {
    for (const client of ['', 'First-party', 'first-party ', 'first-party\0', 'other']) {
      expect(tokens.open(token, client, 'cookie')).toEqual(forged)
    }
    for (const transport of ['body', 'header'] as const) {
      expect(tokens.open(token, 'first-party', transport)).toEqual(forged)
    }
  })

  test('cannot move a character from one field of the mac to the next', () => {
    const shifted = new RefreshTokens(ring, `${issuer}\u0011`, environment.subarray(1))
    expect(shifted.mint(session)).not.toBe(token)
  })

  test('is refused with generation 0, with flags to come and with a transport to come, though its mac is right', () => {
    const resealed = (change: (head: Buffer) => void): string => {
      const altered = Buffer.from(bytes)
      change(altered)
      const key = hkdf(root, Buffer.alloc(32), Buffer.from('latchkey/refresh-key/v1'))
      const context = [Buffer.from(issuer), environment, Buffer.from('first-party')].map(lp)
      hmac(key, Buffer.from('latchkey/refresh/v1\0'), ...context, altered.subarray(0, 22)).copy(altered, 22)
      return `lkr1_${altered.toString('base64url')}`
    }
    expect(open(resealed(() => undefined))).toMatchObject({ generation: session.generation })
    expect(open(resealed((head) => head.writeUInt32BE(0, 17)))).toEqual(forged)
    for (const bit of [4, 5, 6, 7]) expect(open(resealed((head) => (head[0]! |= 1 << bit)))).toEqual(forged)
    expect(open(resealed((head) => (head[0] = 0b1101)))).toEqual(forged)
  })

  test('names a kid that this node does not know', () => {
    const other = new RefreshTokens(ringOf([[255, root]]), issuer, environment)
    expect(open(other.mint({ ...session, kid: 255 }))).toMatchObject({ refused: 'kid_unknown', kid: 255 })
  })

  test.each([
    '',
    'lkr1_',
    token.slice(0, -1),
    `${token}A`,
    `${token}=`,
    ` ${token}`,
    `${token}\n`,
    token.replace('lkr1_', 'LKR1_'),
    token.replace('lkr1_', 'lkr2_'),
    token.slice(5),
    `lkr1_${bytes.toString('base64')}`,
    `lkr1_${bytes.toString('base64').slice(0, 71)}+`,
    `lkr1_${bytes.toString('hex').slice(0, 72).replace(/./, ' ')}`,
    `lkr1_${'A'.repeat(71)}é`,
    token.repeat(10_000),
  ])('is refused where its form is not right (%#)', (text) => {
    expect(open(text)).toEqual(forged)
  })

  test.each([[undefined], [null], [7], [{}], [[]], [[token]], [{ toString: () => token }]])(
    'is refused where it is no text (%#)',
    (value) => {
      expect(open(value as unknown as string)).toEqual(forged)
    },
  )

  test('cannot be made for a kid that is not there', () => {
    expect(() => tokens.mint({ ...session, kid: 8 })).toThrow('no refresh key 8')
  })

  test('is told apart for more clients than are remembered (I7)', () => {
    for (let index = 0; index < 1500; index += 1) {
      const made = tokens.mint({ ...session, client: `client ${index}` })
      expect(tokens.open(made, `client ${index}`, 'cookie')).toMatchObject({ sid: session.sid })
    }
  })
})
