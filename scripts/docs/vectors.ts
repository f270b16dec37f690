// docs/vectors.json and the same in docs/protocol.md: with these another implementation, in any language, can check
// that it makes and refuses exactly what this one does.

import { environment, issuer, nonceLifeMinutes, refreshKeys, rootOf } from './vectors-material.ts'
import { nonceVectors, proofVectors, sessionKeyVectors } from './vectors-proofs.ts'
import { refusedTokens, tokenVectors } from './vectors-tokens.ts'
import { coded, fenced, table } from './table.ts'

const made = {
  about:
    'Test vectors of the keyed ratchet, made from the real code; protocol.md explains them. These keys are public and protect nothing.',
  issuer,
  environment: environment.toString('hex'),
  nonceLifeMinutes,
  keys: refreshKeys.map(({ kid, root }) => ({
    kid,
    root,
    refreshKey: rootOf(kid).refresh.export().toString('hex'),
    nonceKey: rootOf(kid).nonce.export().toString('hex'),
    fingerprint: rootOf(kid).fingerprint,
  })),
  tokens: tokenVectors(),
  refusedTokens: refusedTokens(),
  sessionKeys: sessionKeyVectors(),
  nonces: nonceVectors(),
  proofs: proofVectors(),
}

export const vectorsJson = (): string => `${JSON.stringify(made, null, 2)}\n`

/** The fixed material. */
export function materialText(): string {
  const keys = made.keys.flatMap(({ kid, root, refreshKey, nonceKey, fingerprint }) => [
    [`root[${kid}], base64url`, coded(root)],
    [`key("latchkey/refresh-key/v1") of root[${kid}]`, coded(refreshKey)],
    [`key("latchkey/nonce-key/v1") of root[${kid}]`, coded(nonceKey)],
    [`fingerprint of root[${kid}]`, coded(fingerprint)],
  ])
  return table(
    ['What', 'Value'],
    [
      ['issuer', coded(made.issuer)],
      ['environment, hexadecimal', coded(made.environment)],
      ['life of a nonce', `${made.nonceLifeMinutes} minutes`],
      ...keys,
    ],
  )
}

export const tokensText = (): string =>
  made.tokens
    .map(({ name, sid, generation, kid, client, proof, transport, head, mac, token }) => {
      const facts = `${proof}, ${transport}, sid ${sid}, generation ${generation}, kid ${kid}, client ${client}`
      return fenced('text', [name, `  ${facts}`, `  bytes 0–21   ${head}`, `  bytes 22–53  ${mac}`, token].join('\n'))
    })
    .join('\n\n')

export const refusedTokensText = (): string =>
  table(
    ['Refused token', 'As'],
    made.refusedTokens.map(({ name, judgement }) => [name, coded(judgement)]),
  )

export const sessionKeysText = (): string =>
  table(
    ['sid', 'kid', 'Session key', 'Public id'],
    made.sessionKeys.map(({ sid, kid, sessionKey, publicId }) => [
      coded(sid),
      String(kid),
      coded(sessionKey),
      coded(publicId),
    ]),
  )

export const noncesText = (): string =>
  table(
    ['sid', 'kid', 'Now, in milliseconds since 1970', 'Nonce'],
    made.nonces.map(({ sid, kid, nowMs, nonce }) => [coded(sid), String(kid), String(nowMs), coded(nonce)]),
  )

export function proofsText(): string {
  const [first] = made.proofs
  if (first === undefined) throw new Error('there are no proofs')
  const example = fenced(
    'text',
    [
      'refresh token',
      first.token,
      '',
      'text that is signed',
      first.text ?? '',
      '',
      'header',
      `Latchkey-Proof: ${first.header}`,
    ].join('\n'),
  )
  const rows = made.proofs.map(({ name, judgement }) => [name, coded(judgement)])
  return [example, table(['Proof', 'Judgement'], rows)].join('\n\n')
}
