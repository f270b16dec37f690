// Every secret that a test sends or is given, in the forms in which one could leak: as it is, decoded, and as hexadecimal
// digits or base64 of either; a refresh token also without its prefix and by its mac alone, an access token by its signature.

import { bytesOf } from '../helpers/requests.ts'

export class Secrets {
  readonly #forms = new Map<string, string>()

  /** A password, a key or another text; decoded too where it is base64url. */
  add(name: string, text: string): void {
    if (text.length < 8) throw new Error(`${name} is too short to be looked for`)
    this.#addBytes(name, Buffer.from(text))
    const decoded = Buffer.from(text, 'base64url')
    if (decoded.length >= 12 && decoded.toString('base64url') === text) this.#addBytes(`${name}, decoded`, decoded)
  }

  refreshToken(name: string, token: string): void {
    this.add(name, token)
    this.add(`${name} without prefix`, token.slice('lkr1_'.length))
    this.#addBytes(`mac of ${name}`, bytesOf(token).subarray(22))
    this.add(`last half of ${name}`, token.slice(-32))
  }

  accessToken(name: string, token: string): void {
    this.add(name, token)
    this.add(`signature of ${name}`, token.slice(token.lastIndexOf('.') + 1))
  }

  /** The part of a nonce that only the server can make. */
  nonce(name: string, nonce: string): void {
    this.#addBytes(`mac of ${name}`, Buffer.from(nonce, 'base64url').subarray(4))
  }

  get size(): number {
    return this.#forms.size
  }

  /** The names of those that stand in these bytes. */
  foundIn(bytes: Buffer): string[] {
    const text = bytes.toString('latin1')
    return [...this.#forms].filter(([form]) => text.includes(form)).map(([, name]) => name)
  }

  #addBytes(name: string, bytes: Buffer): void {
    const encodings = { raw: 'latin1', hexadecimal: 'hex', base64: 'base64', base64url: 'base64url' } as const
    for (const [kind, encoding] of Object.entries(encodings)) {
      // Padding depends on what stands behind.
      const form = bytes.toString(encoding).replace(/=+$/, '')
      this.#forms.set(form, `${name} (${kind})`)
      if (encoding === 'hex') this.#forms.set(form.toUpperCase(), `${name} (${kind}, capital)`)
    }
  }
}
