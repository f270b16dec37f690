// All that can happen next: to the owner, in the network, at the server, to the store, to the clock. What the thief
// does is in thief.ts. Every move is one that the world really makes: nothing here knows what is good for anybody.

import { answered, serve, type Answered, type Delivered, type Message, type Sent, type Serving } from './message.ts'
import { brokenAnswer, brokenByThief, brokenRow, isAlarm, requestOf, type Violation } from './properties.ts'
import { judge, step } from './serving.ts'
import { thiefMoves, thiefTold, thiefWatched } from './thief.ts'
import { distinct, heldOf, rowOf, type Held, type State, type World } from './world.ts'

/** Takes one next state, the words for what led there, and what it breaks. */
export type Emit = (next: State, says: () => string, broken?: Violation | null) => void

export function moves(world: World, state: State, emit: Emit): void {
  ownerMoves(world, state, emit)
  for (const [index, message] of state.messages.entries()) {
    // Equal messages have equal futures.
    if (message.code === state.messages[index - 1]?.code) continue
    const rest = state.messages.toSpliced(index, 1)
    if (message.at === 'network') networkMoves(world, { ...state, messages: rest }, message, emit)
    else if (message.at === 'server') serverMove(world, { ...state, messages: rest }, message, emit)
    else answerMoves(world, { ...state, messages: rest }, message, emit)
  }
  storeMoves(world, state, emit)
  if (state.clock + 1 < world.instants.length) {
    emit({ ...state, clock: state.clock + 1 }, () => `it is minute ${world.config.minutes?.[state.clock]}`)
  }
  if (world.config.keyRotation === true && !state.renewedKeys) {
    emit({ ...state, renewedKeys: true }, () => 'a newer key becomes active on one of two nodes')
  }
  if (state.thief !== null) thiefMoves(world, state, state.thief, emit, arrive)
}

function ownerMoves(world: World, state: State, emit: Emit): void {
  const { config } = world
  const { token, nonce } = state.held
  const doubled = (config.duplicates ?? 0) - state.duplicates
  const under = state.messages.filter((message) => whoSent(message) === 'owner').length
  if (under < config.tabs + doubled && token.generation < config.generations && !state.ended) {
    const sent = requestOf(world, token, nonce)
    if (config.prompt === true) arrive(world, state, sent, emit)
    else emit(withMessage(state, sent), () => `the owner sends ${token.generation}`)
  }
  for (const held of state.setBacks > 0 ? state.past : []) {
    if (held.code === state.held.code) continue
    const setBacks = state.setBacks - 1
    const past = setBacks === 0 ? [] : distinct([...state.past, state.held])
    emit({ ...state, held, past, setBacks }, () => `the owner's storage falls back to ${held.token.generation}`)
  }
}

const whoSent = (message: Message): string =>
  message.at === 'network' ? message.who : message.at === 'server' ? message.sent.who : 'owner'

function networkMoves(world: World, state: State, sent: Sent, emit: Emit): void {
  const { generation } = sent.token
  emit(state, () => `the request with ${generation} is lost`)
  if (state.duplicates > 0) {
    const twice = withMessage(withMessage({ ...state, duplicates: state.duplicates - 1 }, sent), sent)
    emit(twice, () => `the network doubles the request with ${generation}`)
  }
  if (state.thief !== null) thiefWatched(withMessage(state, sent), state.thief, sent, emit)
  arrive(world, state, sent, emit)
}

/** A request reaches each node that there is, and speaks with the store for the first time. */
function arrive(world: World, state: State, sent: Sent, emit: Emit): void {
  const { before, during } = world.servers
  const now = world.instants[state.clock] ?? 0
  for (const [index, node] of (state.renewedKeys ? during : before).entries()) {
    const refused = judge(node, sent, now)
    const parts = { sent, node, now, replies: [], moved: false, place: [index, state.clock] as const }
    if (refused === null) {
      serverMove(world, state, serve(parts), emit)
      continue
    }
    world.met.add(`${sent.who} ${refused.says === 'refused' ? refused.code : refused.says}`)
    if (refused.says === 'nonce_stale' && sent.who === 'owner') {
      emit(
        withMessage(state, answered(sent, refused)),
        () => `the server sees the owner's ${sent.token.generation}: ${words(refused)}`,
      )
    } else {
      const broken = brokenAnswer(world, state, sent, refused, false)
      emit(state, () => `the server sees the ${sent.who}'s ${sent.token.generation}: ${words(refused)}`, broken)
    }
  }
}

function serverMove(world: World, state: State, serving: Serving, emit: Emit): void {
  const { sent, now } = serving
  const { verb, row, next, answer, moved } = step(world, serving, state.row)
  const ends = row.session.revokedAt !== null && isAlarm(state)
  let after: State = row === state.row ? state : { ...remembering(state), row, ended: state.ended || ends }
  if (next !== null) after = withMessage(after, next)
  if (answer?.says === 'tokens') {
    after = sent.who === 'owner' ? withMessage(after, answered(sent, answer)) : after
    after = thiefTold(after, sent, answer)
  }
  const broken =
    brokenRow(state, row) ??
    (answer === null ? null : brokenAnswer(world, state, sent, answer, moved)) ??
    (answer === null ? null : brokenByThief(state, sent, answer, now))
  const says = (): string => {
    const told = answer === null ? '' : `: ${words(answer)}`
    return `the server does "${verb}" for the ${sent.who}'s ${sent.token.generation}${told}`
  }
  emit(after, says, broken)
}

function answerMoves(world: World, state: State, message: Answered, emit: Emit): void {
  const { answer, again } = message
  emit(state, () => `the answer "${words(answer)}" is lost`)
  const held = applied(world, state.held, answer)
  const past = state.setBacks > 0 && held !== state.held ? distinct([...state.past, state.held]) : state.past
  const after = { ...state, held, past }
  const says = (): string => `the owner reads "${words(answer)}"`
  const retries = answer.says === 'nonce_stale' && !again && !state.ended
  if (!retries) emit(after, says)
  else if (world.config.prompt === true) arrive(world, after, requestOf(world, held.token, answer.nonce, true), emit)
  else emit(withMessage(after, requestOf(world, held.token, answer.nonce, true)), says)
}

/** The owner's storage after an answer. */
function applied({ config }: World, held: Held, answer: Delivered): Held {
  const overwrites = config.client === 'overwrites'
  const isNewer = answer.says === 'tokens' && (overwrites || answer.token.generation > held.token.generation)
  const token = isNewer ? answer.token : held.token
  const nonce = overwrites || (answer.nonce?.minutes ?? 0) > (held.nonce?.minutes ?? 0) ? answer.nonce : held.nonce
  return token === held.token && nonce === held.nonce ? held : heldOf(token, nonce)
}

function storeMoves(world: World, state: State, emit: Emit): void {
  const { row, rollbacks } = state
  const { signOut } = world.config
  const { revokedAt, revokedReason } = row.session
  for (const copy of rollbacks > 0 ? state.copies : []) {
    const stays = signOut !== 'lost' && revokedAt !== null
    const back = stays ? rowOf(world, { ...copy.session, revokedAt, revokedReason }) : copy
    if (back.code === row.code) continue
    const next = { ...remembering(state), row: back, rollbacks: rollbacks - 1 }
    emit(rollbacks > 1 ? next : { ...next, copies: [] }, () => `the store falls back to ${copy.session.generation}`)
  }
  if (signOut !== undefined && revokedAt === null && !state.ended) {
    const at = world.instants[state.clock] ?? 0
    const revoked = rowOf(world, { ...row.session, revokedAt: at, revokedReason: 'signed_out' })
    emit({ ...remembering(state), row: revoked, ended: true }, () => 'the owner signs out')
  }
}

/** The state, with its row among what the store may fall back to. */
const remembering = (state: State): State =>
  state.rollbacks === 0 ? state : { ...state, copies: distinct([...state.copies, state.row]) }

function withMessage(state: State, message: Message): State {
  const messages = [...state.messages, message]
  return { ...state, messages: messages.sort((one, other) => (one.code < other.code ? -1 : 1)) }
}

const words = (answer: Delivered | { readonly says: string; readonly code?: string }): string =>
  'token' in answer
    ? `tokens ${answer.token.generation}`
    : 'code' in answer
      ? `${answer.says}: ${answer.code}`
      : answer.says
