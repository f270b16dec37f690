// What every route works with: one request, its answer, and the settings of the router that took it.

import type { Request, Response } from 'express'
import type { Settings } from './settings.ts'

export interface Exchange {
  readonly req: Request
  readonly res: Response
  readonly settings: Settings
}

/** A route answers once, or throws: a LatchkeyError is a refusal or an outage, anything else a defect. */
export type Route = (exchange: Exchange) => Promise<void>
