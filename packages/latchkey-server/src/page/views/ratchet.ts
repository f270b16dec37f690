// The ratchet picture and the refresh token's bytes: what a rotation changes, and what it leaves alone.
import { decodeRefreshToken, type RefreshTokenParts } from '../refresh-token.ts'
import { element, find } from './element.ts'

const calm = matchMedia('(prefers-reduced-motion: reduce)')
let teeth = 0
let shown = ''

/** Draws the token's generation and bytes, and turns the wheel by one tooth for each new token. */
export function showRefreshToken(text: string | undefined): void {
  if ((text ?? '') === shown) return
  shown = text ?? ''
  const parts = text === undefined ? undefined : decodeRefreshToken(text)
  find('generation', HTMLElement).textContent = parts ? String(parts.generation) : '–'
  find('token-bytes', HTMLElement).replaceChildren(...(parts ? renderParts(parts) : []))
  find('token-shown', HTMLElement).hidden = !parts
  if (parts) turn()
}

/** Always forward, also for the first token of another session: a ratchet has no way back. */
function turn(): void {
  teeth += 1
  find('wheel', SVGGElement).style.setProperty('--teeth', String(teeth))
  if (calm.matches) return
  const lift = [{ rotate: '0deg' }, { rotate: '-9deg', offset: 0.7 }, { rotate: '0deg' }]
  find('pawl', SVGGElement).animate(lift, { duration: 450, easing: 'ease-in-out' })
}

function renderParts(parts: RefreshTokenParts): HTMLElement[] {
  const flags = `0x${parts.flags.toString(16).padStart(2, '0')}: ${parts.proof}, sent in the ${parts.transport}`
  return [
    ...renderPart('flags', 'Flags', '1 byte', flags),
    ...renderPart(
      'session-id',
      'Session id',
      '16 bytes',
      `${parts.sessionId.slice(0, 8)}…${parts.sessionId.slice(-4)}`,
    ),
    ...renderPart('counter', 'Generation', '4 bytes', parts.generation.toString(16).padStart(8, '0')),
    ...renderPart('kid', 'Key number', '1 byte', String(parts.kid)),
    ...renderPart('mac', 'Mac', '32 bytes', `${parts.mac.slice(0, 8)}…${parts.mac.slice(-4)}`),
  ]
}

function renderPart(kind: string, name: string, size: string, value: string): HTMLElement[] {
  const term = element('dt', '', name, ' ', element('span', 'size', size))
  const description = element('dd', '', value)
  term.dataset['part'] = kind
  return [term, description]
}
