// What a refresh over Express cannot go below without leaving Express: a POST route that parses JSON with Express's
// own parser, makes one ES256 signature and answers as much JSON as a refresh does. It looks nothing up, checks
// nothing and keeps nothing.

import { generateKeyPairSync, sign } from 'node:crypto'
import express from 'express'
import type { Served } from './cases.ts'

/** As long as header and claims of the access tokens that the other cases answer with (checked in parts/refresh.ts). */
const signedText = 'e'.repeat(403)
const tokenDigits = 72

export function ceiling(sessions: number): Served {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let answers = 0
  const app = express()
  app.post('/token', express.json(), (_req, res) => {
    const signature = rawSignature(sign('sha256', Buffer.from(signedText), privateKey)).toString('base64url')
    answers += 1
    const refreshToken = `lkr1_${String(answers).padStart(tokenDigits, '0')}`
    res.json({ accessToken: `${signedText}.${signature}`, refreshToken, tokenType: 'Bearer', expiresIn: 600 })
  })
  const first = { refresh: `lkr1_${'A'.repeat(tokenDigits)}`, access: '', nonce: null, key: null }
  const seed = { sessions: Array.from({ length: sessions }, () => first), body: '', chains: false, revoked: null }
  return { app, seed, engine: null }
}

// DER to raw by hand: on Node 24 asking for the raw form doubles the time of a signature, and would lower the ceiling.
function rawSignature(der: Buffer): Buffer {
  const raw = Buffer.alloc(64)
  let offset = 2
  for (const end of [32, 64]) {
    const length = der.readUInt8(offset + 1)
    const start = offset + 2 + Math.max(0, length - 32)
    offset += 2 + length
    raw.set(der.subarray(start, offset), end - (offset - start))
  }
  return raw
}
