// Property 4 of docs/protocol.md: the explorer finds what is wrong with the rules in use elsewhere and with plain
// sessions, and finds nothing where the table says "kept": so its silence about keyed sessions means something. The
// shortest paths are written out, because they say better than the table what goes wrong.

import { expect, test } from 'vitest'
import { explore } from './explorer/explore.ts'
import type { Violation } from './explorer/properties.ts'
import { realRule, type Rule } from './explorer/server.ts'
import { leeway, previousWorks, strict } from './explorer/weaker-rules.ts'
import type { Config } from './explorer/world.ts'

/** One tab whose requests arrive at once: only answers are lost, or late. */
const oneTab: Config = { proof: 'plain', client: 'freshest', tabs: 1, generations: 4, prompt: true }
const lateAnswer: Config = { ...oneTab, minutes: [1] }
const fallenStore: Config = { ...oneTab, rollbacks: 1 }
const theft: Config = { ...oneTab, thief: { copies: 1, captures: 0 } }
const keyed: Partial<Config> = { proof: 'session_key', rule: realRule }

const kindsIn = (config: Config): Violation[] => [...explore(config).found.keys()]

const pathTo = (violation: Violation, rule: Rule, config: Config): readonly string[] | undefined =>
  explore({ ...config, rule }, { until: violation }).found.get(violation)

test('finds that the strict rule signs an owner out whose answer is lost', () => {
  expect(pathTo('a session ends unasked', strict, oneTab)).toEqual([
    `the server does "advance" for the owner's 1: tokens 2`,
    'the answer "tokens 2" is lost',
    `the server does "advance" for the owner's 1`,
    `the server does "find" for the owner's 1`,
    `the server does "revoke" for the owner's 1: refused: reuse`,
  ])
})

test.for([leeway, realRule])('finds that a plain session under $name is ended when an answer is late', (rule) => {
  expect(pathTo('a session ends unasked', rule, lateAnswer)).toEqual([
    `the server does "advance" for the owner's 1: tokens 2`,
    'the answer "tokens 2" is lost',
    'it is minute 1',
    `the server does "advance" for the owner's 1`,
    `the server does "find" for the owner's 1`,
    `the server does "revoke" for the owner's 1: refused: reuse`,
  ])
})

test.for([leeway, previousWorks, realRule])(
  'finds that a request overtaken by two others ends a plain session under $name',
  (rule) => {
    expect(pathTo('a session ends unasked', rule, { ...oneTab, tabs: 2 })).toEqual([
      `the server does "advance" for the owner's 1: tokens 2`,
      `the server does "advance" for the owner's 1`,
      'the owner reads "tokens 2"',
      `the server does "advance" for the owner's 2: tokens 3`,
      `the server does "find" for the owner's 1`,
      `the server does "revoke" for the owner's 1: refused: reuse`,
    ])
  },
)

test.for([strict, leeway, previousWorks])('finds that $name refuses an owner whose store has fallen back', (rule) => {
  expect(pathTo('an owner is refused', rule, fallenStore)).toEqual([
    `the server does "advance" for the owner's 1: tokens 2`,
    'the owner reads "tokens 2"',
    'the store falls back to 1',
    `the server does "advance" for the owner's 2`,
    `the server does "find" for the owner's 2: refused: gone`,
  ])
})

test.for([leeway, previousWorks, realRule])(
  'finds that a thief rides along with a plain session under $name',
  (rule) => {
    expect(pathTo('a thief rides along', rule, theft)).toEqual([
      'a thief copies 1',
      `the server does "advance" for the thief's 1: tokens 2`,
      `the server does "advance" for the owner's 1`,
      `the server does "find" for the owner's 1: tokens 2`,
    ])
  },
)

test('finds that no thief rides along under the strict rule', () => {
  expect(kindsIn({ ...theft, rule: strict })).not.toContain('a thief rides along')
})

test.for<[string, Config]>([
  ['the leeway, while answers are late by less', { ...oneTab, rule: leeway }],
  ['"the previous works", however late an answer', { ...lateAnswer, rule: previousWorks }],
  ['a plain session whose answers are late by less than the leeway', oneTab],
  ['a plain session whose store falls back', fallenStore],
  ['a keyed session, however late an answer', { ...lateAnswer, ...keyed }],
  ['a keyed session whose store falls back', { ...fallenStore, ...keyed }],
  ['a keyed session with a thief', { ...theft, ...keyed }],
])('finds nothing where the table says "kept": %s', ([, config]) => {
  expect(kindsIn(config)).toEqual([])
})
