// What `createSessions({ dpop })` is given, checked: own properties only, and no name that means nothing.

import { MisuseError } from '../../index.ts'
import { normalUri } from './request-uri.ts'

export interface DpopOptions {
  /** Whether a proof must hold a nonce of ours: `required` (default), or `off`. */
  readonly nonces?: 'required' | 'off'
  /** Where proofs are remembered: in the store, for all nodes (`shared`, default), or by each `node` for itself. */
  readonly replay?: 'shared' | 'node'
  /**
   * What stands before the path of a protected request, seen from outside; the origin of `publicUrl`, where nothing is said.
   * To be set where something in front of the application takes a prefix off the path.
   */
  readonly resourceUrl?: string
}

/** The options, checked. */
export interface DpopSettings {
  readonly nonces: 'required' | 'off'
  readonly replay: 'shared' | 'node'
  /** Without a slash at its end. */
  readonly resourceUrl: string
}

const names = ['nonces', 'replay', 'resourceUrl']

/** Throws `option_invalid`. */
export function dpopSettingsOf(given: unknown, publicUrl: string): DpopSettings {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw invalid('dpop must be an object')
  const options: Readonly<Record<string, unknown>> = Object.assign(Object.create(null), given)
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw invalid(`dpop has no option "${unknown}"; it has ${names.join(', ')}`)
  const { nonces = 'required', replay = 'shared', resourceUrl = new URL(publicUrl).origin } = options
  if (nonces !== 'required' && nonces !== 'off') throw invalid('dpop.nonces must be "required" or "off"')
  if (replay !== 'shared' && replay !== 'node') throw invalid('dpop.replay must be "shared" or "node"')
  const url = typeof resourceUrl === 'string' && !/[?#]/.test(resourceUrl) ? normalUri(resourceUrl) : undefined
  if (url === undefined) throw invalid('dpop.resourceUrl must be an http or https URL without user, query or fragment')
  return { nonces, replay, resourceUrl: url.replace(/\/$/, '') }
}

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', message)
