// The access token's life as a bar and a text. Neither is a live region: a ticking clock must not be read aloud.
import { seconds } from '../sentences.ts'
import { secondsLeft, type Session } from '../session.ts'
import { find } from './element.ts'

export function showLife(session: Session): void {
  const access = session.held?.access
  const left = access ? secondsLeft(access) : 0
  const bar = find('life', HTMLProgressElement)
  bar.max = access?.lifeSeconds ?? 1
  bar.value = left
  bar.dataset['low'] = String(access !== undefined && left < access.lifeSeconds / 5)
  const text = lifeText(session, left)
  const place = find('life-text', HTMLElement)
  if (place.textContent !== text) place.textContent = text
}

function lifeText(session: Session, left: number): string {
  if (!session.held) return 'No access token yet.'
  const { access } = session.held
  if (!access) return 'Thrown away. The next call renews first.'
  if (left === 0) return 'Run out. The next call gets a 401, renews, and asks again.'
  const text = `${seconds(left)} left of ${seconds(access.lifeSeconds)}`
  return session.alive ? text : `${text}, and refused all the same: the session has ended.`
}
