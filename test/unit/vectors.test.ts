// The test vectors of docs/protocol.md, recomputed by an implementation that was written from its text alone. Where the
// two disagree, the text, the vectors or the code is wrong, and whoever writes a client in another language would be the
// one to find out. The last test closes the circle: the engine itself takes a vector.

import { readFileSync } from 'node:fs'
import { createLatchkey, generateKeys } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { sampleSession } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import {
  base64url,
  headerOf,
  headOf,
  hex,
  hmac,
  judgeProof,
  judgeToken,
  keyOf,
  macOf,
  nonceBytes,
  proofTextOf,
  publicIdOf,
  sessionKeyOf,
  vectors,
} from './independent-ratchet.ts'

const protocol = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')

describe('the vectors of docs/protocol.md, recomputed from its text', () => {
  test.each(vectors.keys)('the keys derived from root $kid', ({ kid, refreshKey, nonceKey, fingerprint }) => {
    expect(keyOf(kid, 'latchkey/refresh-key/v1').toString('hex')).toBe(refreshKey)
    expect(keyOf(kid, 'latchkey/nonce-key/v1').toString('hex')).toBe(nonceKey)
    const mac = hmac(keyOf(kid, 'latchkey/fingerprint-key/v1'), 'latchkey/fingerprint/v1')
    expect(base64url(mac.subarray(0, 16))).toBe(fingerprint)
  })

  test.each(vectors.tokens)('the refresh token of: $name', (vector) => {
    const head = headOf(vector)
    expect(head.toString('hex')).toBe(vector.head)
    expect(macOf(head, vector.client).toString('hex')).toBe(vector.mac)
    expect(`lkr1_${base64url(Buffer.concat([head, macOf(head, vector.client)]))}`).toBe(vector.token)
    expect(judgeToken(vector.token, vector.client, vector.transport)).toBe('right')
    expect(protocol).toContain(`\n${vector.token}\n`)
  })

  test.each(vectors.refusedTokens)('a refused token: $name', ({ token, client, transport, judgement }) => {
    expect(judgement).not.toBe('right')
    expect(judgeToken(token, client, transport)).toBe(judgement)
  })

  test.each(vectors.sessionKeys)('the session key and public id of $sid under kid $kid', (vector) => {
    const { sid, kid, sessionKey, publicId } = vector
    expect(base64url(sessionKeyOf(sid, kid))).toBe(sessionKey)
    expect(publicIdOf(sid, kid)).toBe(publicId)
    expect(protocol).toContain(`\`${sessionKey}\` | \`${publicId}\``)
  })

  test.each(vectors.nonces)('the nonce of $sid under kid $kid at $nowMs', ({ sid, kid, nowMs, nonce }) => {
    expect(base64url(nonceBytes(sid, kid, Math.floor(nowMs / 60_000)))).toBe(nonce)
    expect(protocol).toContain(nonce)
  })

  test.each(vectors.proofs)('a proof: $name', (vector) => {
    expect(judgeProof(vector)).toBe(vector.judgement)
    if (vector.text === undefined) return
    const { sid, kid, nowMs, token, header, text } = vector
    expect(header).toBe(headerOf(sid, kid, nowMs, token))
    expect(text).toBe(proofTextOf(header.split('.')[1]!, token))
  })

  test('every kind of judgement has a vector', () => {
    expect(new Set(vectors.proofs.map(({ judgement }) => judgement))).toEqual(new Set(['right', 'wrong', 'stale']))
    expect(new Set(vectors.refusedTokens.map(({ judgement }) => judgement))).toEqual(new Set(['forged', 'kid_unknown']))
  })

  test('the engine takes the first proof and answers with the next token', async () => {
    const [proof] = vectors.proofs
    const { sid, kid, token, nowMs, header } = proof!
    const store = memoryStore()
    const environment = base64url(hex(vectors.environment))
    await store.identify({ environment, keys: new Map(vectors.keys.map((key) => [key.kid, key.fingerprint])) })
    const [createdAt, later] = [nowMs - 1000, nowMs + 86_400_000]
    const row = { sid, kid, createdAt, proof: 'session_key', idleExpiresAt: later, absoluteExpiresAt: later } as const
    await store.insert(sampleSession(row), { max: 1, evict: false })
    const keys = { refresh: vectors.keys, signing: generateKeys().signing }
    const latchkey = await createLatchkey({ issuer: vectors.issuer, keys, store }, { now: () => nowMs })
    const answer = await latchkey.refresh({ token, transport: 'body', proof: header })
    const next = vectors.tokens.find(
      (each) => each.proof === 'session_key' && each.sid === sid && each.generation === 2,
    )
    expect(answer.refreshToken).toBe(next?.token)
    expect(answer.nonce).toBe(vectors.nonces.find((each) => each.sid === sid && each.nowMs === nowMs)?.nonce)
    await latchkey.close()
  })
})
