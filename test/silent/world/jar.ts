// The cookies of one browser, by host name (a port makes no difference to a cookie). Script sees those alone that are
// not HttpOnly.

interface Cookie {
  readonly value: string
  readonly isHttpOnly: boolean
}

export class Jar {
  readonly #hosts = new Map<string, Map<string, Cookie>>()

  /** Takes what an answer sets. */
  take({ hostname }: URL, lines: readonly string[]): void {
    const cookies = this.#hosts.get(hostname) ?? new Map<string, Cookie>()
    this.#hosts.set(hostname, cookies)
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(/; */)
      const name = pair.slice(0, pair.indexOf('='))
      if (attributes.some((each) => /^max-age=0$/i.test(each))) cookies.delete(name)
      else cookies.set(name, { value: pair.slice(name.length + 1), isHttpOnly: /; *httponly/i.test(line) })
    }
  }

  /** What the browser sends to this host; empty for nothing. */
  header({ hostname }: URL): string {
    return [...(this.#hosts.get(hostname) ?? [])].map(([name, { value }]) => `${name}=${value}`).join('; ')
  }

  /** `document.cookie`: what script can see, by name. */
  visible({ hostname }: URL): ReadonlyMap<string, string> {
    const all = [...(this.#hosts.get(hostname) ?? [])]
    return new Map(all.filter(([, { isHttpOnly }]) => !isHttpOnly).map(([name, { value }]) => [name, value]))
  }

  /** Takes a cookie away, as script, a user or a thief's copy of the jar may. */
  remove({ hostname }: URL, name: string): void {
    this.#hosts.get(hostname)?.delete(name)
  }

  clear(): void {
    this.#hosts.clear()
  }

  /** A copy of the whole jar: a backup, or what a thief takes. */
  copy(): Jar {
    const copy = new Jar()
    for (const [host, cookies] of this.#hosts) copy.#hosts.set(host, new Map(cookies))
    return copy
  }
}
