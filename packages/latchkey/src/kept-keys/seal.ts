// Seals a key set, so that whoever copies the store holds nothing: AES-256-GCM under a key derived from the deployment's
// root secret, which is never in the store (I4).

import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto'
import { MisuseError } from '../core/errors.ts'
import { minSecretCharacters } from './limits.ts'

const form = 'v1'
const context = Buffer.from('latchkey/sealed-keys/v1')
const nonceBytes = 12
const tagBytes = 16

/** Opens what any of its secrets has sealed; seals with the first. */
export class KeySeal {
  readonly #keys: readonly KeyObject[]

  /** Throws `option_invalid` for a secret that is too short. */
  constructor(secrets: readonly string[]) {
    if (!Array.isArray(secrets) || secrets.length === 0) throw invalid('secrets must be a list of texts')
    this.#keys = secrets.map(keyOf)
  }

  seal(text: string): string {
    const [key] = this.#keys
    if (key === undefined) throw invalid('secrets must be a list of texts')
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(context)
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return `${form}.${sealed.toString('base64url')}`
  }

  /** The text, and whether the first secret has sealed it; null where none of them has. */
  open(sealed: string): { readonly text: string; readonly isFirst: boolean } | null {
    const [version, body = '', ...more] = sealed.split('.')
    const bytes = Buffer.from(body, 'base64url')
    if (version !== form || more.length > 0 || bytes.length < nonceBytes + tagBytes) return null
    for (const [index, key] of this.#keys.entries()) {
      const text = opened(key, bytes)
      if (text !== null) return { text, isFirst: index === 0 }
    }
    return null
  }
}

function opened(key: KeyObject, bytes: Buffer): string | null {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes)).setAAD(context)
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  try {
    const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8')
    return text + decipher.final('utf8')
  } catch {
    return null
  }
}

function keyOf(secret: string): KeyObject {
  if (typeof secret !== 'string' || secret.length < minSecretCharacters) {
    throw invalid(`each secret must have at least ${minSecretCharacters} characters`)
  }
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'latchkey/seal-key/v1', 32)))
}

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', message)
