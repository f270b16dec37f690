// A token says how it travels. Once cookies carry tokens out of script's reach, a script that got hold of one all the
// same must not be able to send it in another way.

import { generateKeys, transports } from 'latchkey'
import { expect, test } from 'vitest'
import { createKeyRing } from '../../packages/latchkey/src/core/key-ring.ts'
import { RefreshTokens } from '../../packages/latchkey/src/core/refresh-token.ts'

const tokens = new RefreshTokens(createKeyRing(generateKeys()), 'https://app.example', Buffer.alloc(16, 7))

test.each(transports)('opens a token begun for %s on that transport and on no other (I9)', (transport) => {
  const sid = '0199a2b3c4d57e6f8a9b0c1d2e3f4a5b'
  const token = tokens.mint({ sid, generation: 1, kid: 1, proof: 'plain', transport, client: 'first-party' })
  for (const other of transports) {
    expect('refused' in tokens.open(token, 'first-party', other)).toBe(other !== transport)
  }
})
