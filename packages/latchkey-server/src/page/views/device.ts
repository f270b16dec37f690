// One line of the list of sessions, with its end button.
import { element } from './element.ts'

/** A session as its owner sees it; instants are ISO 8601 texts. */
export interface Device {
  readonly id: string
  readonly label: string
  readonly createdAt: string
  readonly lastSeenAt: string
  readonly place: string
  readonly current: boolean
}

const instants = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

/** The button rests while `end` is under way. */
export function renderDevice(device: Device, end: (device: Device) => Promise<void>): HTMLLIElement {
  const title = element('p', 'device', device.label)
  if (device.current) title.append(' ', element('span', 'badge', 'this one'))
  const facts = element('p', 'facts', 'Signed in ', renderInstant(device.createdAt), ' · last seen ')
  facts.append(renderInstant(device.lastSeenAt), ...(device.place ? [` · ${device.place}`] : []))
  const button = element('button', '', 'End', element('span', 'unseen', ` the session ${device.label}`))
  button.type = 'button'
  button.dataset['testid'] = 'end-session'
  button.addEventListener('click', () => {
    if (button.getAttribute('aria-disabled') === 'true') return
    button.setAttribute('aria-disabled', 'true')
    void end(device).finally(() => button.setAttribute('aria-disabled', 'false'))
  })
  const item = element('li', '', element('div', '', title, facts), button)
  item.dataset['id'] = device.id
  item.dataset['current'] = String(device.current)
  return item
}

function renderInstant(text: string): HTMLElement {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) return element('span', '', 'unknown')
  const time = element('time', '', instants.format(date))
  time.dateTime = text
  return time
}
