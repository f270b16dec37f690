// The form of a requirement of a whole standard (ASVS, RFC 9700), which cites our lines for its tests. It stands apart
// from line.ts because its tests are those of the lines that it cites: no test names it by its own number.

export interface Requirement {
  /** As the standard numbers it. */
  readonly number: string
  /** The level of ASVS; empty where the standard has none. */
  readonly level: string
  readonly asks: string
  readonly holds: 'yes' | 'partly' | 'no' | 'does not apply'
  /** What happens here, and what does not; or why it does not apply. */
  readonly answer: string
  /** Ids of lines, whose tests are its tests; empty where it does not apply. */
  readonly by: readonly string[]
}

export interface Chapter {
  readonly title: string
  readonly requirements: readonly Requirement[]
}

/** A requirement that the tests of these lines keep. */
export const kept = (number: string, level: string, asks: string, answer: string, by: string): Requirement => ({
  number,
  level,
  asks,
  holds: 'yes',
  answer,
  by: by.split(' '),
})

/** A requirement of which a part is kept, by choice or by default; the answer says which. */
export const partly = (number: string, level: string, asks: string, answer: string, by: string): Requirement => ({
  ...kept(number, level, asks, answer, by),
  holds: 'partly',
})

/** A requirement that is not kept. */
export const missing = (number: string, level: string, asks: string, answer: string): Requirement => ({
  number,
  level,
  asks,
  holds: 'no',
  answer,
  by: [],
})

/** A requirement about something that is not there. */
export const apart = (number: string, level: string, asks: string, answer: string): Requirement => ({
  number,
  level,
  asks,
  holds: 'does not apply',
  answer,
  by: [],
})
