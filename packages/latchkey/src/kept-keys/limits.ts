// What kept keys may be told, decided once: the options check it, and the server's settings are made of it.

export interface KeptKeysField {
  readonly default: number
  readonly min: number
  readonly max: number
}

/** The numeric options of `keptKeys`. */
export const keptKeysFields: Readonly<Record<'rotateDays' | 'leadSeconds', KeptKeysField>> = {
  rotateDays: { default: 90, min: 0, max: 3650 },
  leadSeconds: { default: 600, min: 5, max: 86_400 },
}

/** A root secret has at least so many. */
export const minSecretCharacters = 32
