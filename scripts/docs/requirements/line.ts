// The form of one line of a standard that we hold ourselves to. It stands apart because every list of lines needs it,
// and no list needs another. A line is either kept and tested, or kept in another way than it asks (and then we say why,
// and test what we do instead), or about something that we do not offer.

export interface Line {
  /** Such as `RT-4`; test titles name it. */
  readonly id: string
  /** Where it comes from. */
  readonly source: string
  /** What it asks, in our words. */
  readonly asks: string
  readonly holds: 'tested' | 'deviates' | 'not offered'
  /** What happens here; empty for what is not offered. */
  readonly answer: string
  /** Why it does not apply, or is kept in another way; empty for what is kept as it stands. */
  readonly why: string
}

export interface Section {
  readonly title: string
  readonly lines: readonly Line[]
}

/** A line that is kept as it stands. */
export const tested = (id: string, source: string, asks: string, answer: string): Line => ({
  id,
  source,
  asks,
  holds: 'tested',
  answer,
  why: '',
})

/** A line that is kept in another way than it asks, or not wholly. */
export const deviates = (id: string, source: string, asks: string, answer: string, why: string): Line => ({
  id,
  source,
  asks,
  holds: 'deviates',
  answer,
  why,
})

/** A line about something that is not there. */
export const notOffered = (id: string, source: string, asks: string, why: string): Line => ({
  id,
  source,
  asks,
  holds: 'not offered',
  answer: '',
  why,
})
