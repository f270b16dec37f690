// Reads an instant that somebody types.

import { exitCodes, Failure } from './output.ts'

const isoInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/

/** Epoch milliseconds. Throws a Failure that names the option. */
export function instantOf(option: string, text: string): number {
  const at = isoInstant.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) {
    throw new Failure(
      exitCodes.usage,
      `${option} must be an instant of ISO 8601 with a time zone: 2026-01-31T03:00:00Z`,
    )
  }
  return at
}
