// Building and finding elements without innerHTML: the page's policy allows no other way, and text stays text.

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = '',
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  if (className) made.className = className
  made.append(...children)
  return made
}

/** Throws when index.html and the scripts do not fit together. */
export function find<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new TypeError(`index.html has no ${kind.name} with the id ${id}`)
  return found
}
