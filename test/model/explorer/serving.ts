// What the server does with a request, one store command at a time, as core/refresh.ts does: open the token, judge the
// proof, then let the rotation speak with the store. Between two commands the explorer may let anything else happen.

import { MemoryTable } from '../../../packages/latchkey/src/stores/memory.ts'
import type { Command, Outcome, Rotation } from '../../../packages/latchkey/src/core/rotation.ts'
import type { Session } from '../../../packages/latchkey/src/core/session.ts'
import { serve, type Answer, type Sent, type Serving } from './message.ts'
import { client, policy, sid, type Rule, type ServerNode } from './server.ts'
import { rowOf, type Row, type World } from './world.ts'

/** A request after its last step: answered, or waiting for its next one. */
export interface Step {
  /** The store command that was done. */
  readonly verb: Command['verb']
  readonly row: Row
  readonly next: Serving | null
  readonly answer: Answer | null
  /** Whether the answer comes from a request that has moved the row. */
  readonly moved: boolean
}

/** A request reaches a node; null where it goes on to the store. Costs no store command. */
export function judge(node: ServerNode, sent: Sent, now: number): Answer | null {
  const opened = node.open(sent.token)
  if ('refused' in opened) return { says: 'refused', code: opened.refused }
  if (opened.proof === 'plain') return null
  const judgement = sent.proof === null ? 'wrong' : node.judge(sent.proof, sent.token, now)
  if (judgement === 'right') return null
  return judgement === 'stale'
    ? { says: 'nonce_stale', nonce: node.nonce(now) }
    : { says: 'refused', code: 'proof_refused' }
}

/** The request's next store command, done, and what follows from it without another one. */
export function step(world: World, serving: Serving, row: Row): Step {
  const { config, rule } = world
  const { sent, now, node } = serving
  const presented = { generation: sent.token.generation, now, leewayMs: policy.leewayMs, thumbprint: null }
  const steps = rule.rotation(presented, config.hooked === true)
  const replies = [...serving.replies]
  const command = commandOf(steps, replies)
  const table = new MemoryTable([row.session])
  const reply = perform(table, command, now, rule)
  const moved = serving.moved || (command.verb === 'advance' && reply !== null)
  const left = rowOf(world, table.rows.get(sid) ?? row.session)
  replies.push(reply)
  let step = steps.next(reply)
  // The hook allows everything; the time it takes is no different from an answer that is late.
  while (step.done !== true && step.value.verb === 'ask') {
    replies.push(step.value.session)
    step = steps.next(step.value.session)
  }
  const { verb } = command
  if (step.done !== true) return { verb, row: left, next: serve({ ...serving, replies, moved }), answer: null, moved }
  world.met.add(`${sent.who} ${step.value.case}`)
  return { verb, row: left, next: null, answer: answerTo(node, step.value, now), moved }
}

// Runs the rotation again up to where it stood.
function commandOf(steps: Rotation, replies: readonly (Session | null)[]): Command {
  let step = steps.next()
  for (const reply of replies) step = steps.next(reply)
  if (step.done === true) throw new Error('the rotation ended earlier than the last time')
  return step.value
}

function perform(table: MemoryTable, command: Command, at: number, rule: Rule): Session | null {
  switch (command.verb) {
    case 'advance': {
      const { to } = command
      const from = rule.compares ? command.from : (table.find(sid)?.generation ?? command.from)
      return table.advance({ sid, from, to, at, idleExpiresAt: at + policy.idleMs, client, thumbprint: null })
    }
    case 'find':
      return table.find(sid)
    case 'revoke':
      return table.revoke(sid, { at, reason: command.reason })
    case 'ask':
      throw new Error('the hook is not the store')
  }
}

function answerTo(node: ServerNode, outcome: Outcome, now: number): Answer {
  switch (outcome.case) {
    case 'rotate':
    case 'heal':
    case 'again':
    case 'leeway': {
      const { session } = outcome
      const nonce = session.proof === 'session_key' ? node.nonce(now) : null
      return { says: 'tokens', token: node.mint(session), nonce }
    }
    case 'gone':
    case 'regressed':
    case 'unproved':
    case 'reuse':
    case 'refused':
      return { says: 'refused', code: outcome.case }
    case 'busy':
      return { says: 'unavailable' }
  }
}
