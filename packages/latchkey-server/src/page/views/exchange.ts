// One request and its answer, drawn as they went over the wire, with a note that says why.
import type { Exchange, HeaderPairs } from '../exchange.ts'
import { element } from './element.ts'
import { renderJson, renderText } from './wire-text.ts'

export interface Entry {
  readonly exchange: Exchange
  readonly note: string
}

/** A list item with data-method, data-path, data-status and data-times. */
export function renderExchange({ exchange, note }: Entry, open: boolean): HTMLLIElement {
  const details = element('details', '', renderSummary(exchange), renderWire(exchange))
  details.open = open
  const item = element('li', 'exchange', details, element('p', 'note', note))
  Object.assign(item.dataset, {
    method: exchange.method,
    path: exchange.path,
    status: String(exchange.status),
    times: String(exchange.times),
  })
  return item
}

function renderSummary({ method, path, status, tookMs, times }: Exchange): HTMLElement {
  const badge = element('span', 'status', status === 0 ? 'no answer' : String(status))
  badge.dataset['class'] = String(Math.floor(status / 100))
  const summary = element('summary', '', element('span', 'method', method), ' ', element('span', 'path', path), ' ')
  if (times > 1) summary.append(element('span', 'times', `× ${times}`), ' ')
  summary.append(badge, ' ', element('span', 'took', `${Math.round(tookMs)} ms`))
  return summary
}

function renderWire(exchange: Exchange): HTMLElement {
  const wire = element('div', 'wire')
  wire.append(
    renderPart('Request', `${exchange.method} ${exchange.path}`, exchange.requestHeaders, exchange.requestBody),
    exchange.status === 0
      ? element('p', 'silence', 'No answer came.')
      : renderPart('Answer', `HTTP ${exchange.status}`, exchange.answerHeaders, exchange.answerBody),
  )
  return wire
}

function renderPart(title: string, line: string, headers: HeaderPairs, body: Exchange['answerBody']): HTMLElement {
  const code = element('code', '', element('span', 'line', line), '\n')
  for (const [name, value] of headers) {
    code.append(element('span', 'name', `${name}: `), ...renderText(value, name), '\n')
  }
  if (body !== undefined) code.append('\n', ...(typeof body === 'string' ? renderText(body, 'body') : renderJson(body)))
  return element('figure', '', element('figcaption', '', title), element('pre', '', code))
}
