// Shows that the explorer would notice: small faults in the real rule and around it are found, each in a small world in
// which the real rule is found faultless. A copy of the real loop that takes other decisions carries most of them, and
// must explore exactly what the real one does.

import { expect, test } from 'vitest'
import { explore } from './explorer/explore.ts'
import { mutations } from './explorer/mutations.ts'
import { realRule } from './explorer/server.ts'
import { copiedRule } from './explorer/weaker-rules.ts'
import type { Config } from './explorer/world.ts'

test.for(mutations.map((mutation) => [mutation.rule.name, mutation] as const))(
  'notices a fault: %s',
  ([, { rule, config, noticed }]) => {
    const { found } = explore({ ...config, rule })
    expect([...found.keys()]).toContain(noticed)
    expect([...explore({ ...config, rule: realRule }).found]).toEqual([])
  },
)

test.for([
  ['keyed', false],
  ['keyed', true],
  ['plain', false],
  ['plain', true],
] as const)('explores the same with the copied loop as with the real one: %s, hooked %s', ([kind, hooked]) => {
  const config: Config = {
    proof: kind === 'keyed' ? 'session_key' : 'plain',
    client: 'overwrites',
    tabs: 2,
    generations: 3,
    rollbacks: 1,
    setBacks: 1,
    minutes: [21],
    hooked,
  }
  const [real, copied] = [explore(config), explore({ ...config, rule: copiedRule })]
  expect([copied.states, copied.moves, [...copied.found]]).toEqual([real.states, real.moves, [...real.found]])
  expect(real.states).toBeGreaterThan(4000)
})
