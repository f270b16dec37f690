// docs/settings.md: the server's own table of environment variables.

import { settings } from 'latchkey-server'
import { coded, table } from './table.ts'

export const settingsTable = (): string =>
  table(
    ['Setting', 'Default', 'What it is'],
    settings.map(({ name, default: fallback, says }) => [coded(name), fallback === '' ? '' : coded(fallback), says]),
  )
