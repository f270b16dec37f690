// How the text of a setting becomes a value, for the kinds that several settings share.

import { z } from 'zod'

/** A whole number in these bounds. */
export const whole = (min: number, max: number): z.ZodType<number, string> =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().min(min).max(max))

/** What commas separate; the empty text is the empty list. */
export const list: z.ZodType<string[], string> = z.string().transform((text) =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean),
)
