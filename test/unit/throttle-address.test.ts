// Under which name an address is counted.

import { describe, expect, test } from 'vitest'
import { networkOf } from '../../packages/latchkey/src/express/throttle/address.ts'

describe('an address', () => {
  const same: readonly (readonly [string, readonly string[]])[] = [
    [
      '192.0.2.1',
      [
        '192.0.2.1',
        '::ffff:192.0.2.1',
        '::FFFF:c000:201',
        '0:0:0:0:0:ffff:192.0.2.1',
        '192.0.2.1:443',
        '[::ffff:192.0.2.1]:443',
      ],
    ],
    [
      '2001:db8:0:1::',
      ['2001:db8:0:1::', '2001:0db8:0000:0001:ffff:ffff:ffff:ffff', '2001:DB8:0:1:0:0:0:1', '[2001:db8:0:1::1]:443'],
    ],
    ['2001:db8:0:0::', ['2001:db8::', '2001:db8::1', '2001:db8::1:0:0:1', '2001:db8::192.0.2.1']],
    ['fe80:0:0:0::', ['fe80::1%eth0', 'fe80::2']],
    ['0:0:0:0::', ['::1', '::', '::192.0.2.1']],
  ]
  test.each(same)('is %s, however it is written (SE-16)', (network, addresses) => {
    expect(addresses.map(networkOf)).toEqual(addresses.map(() => network))
  })

  test.each([
    '',
    'unknown',
    '192.0.2',
    '192.0.2.256',
    '1.2.3.4.5',
    ':::',
    '2001:db8::1::2',
    'localhost',
    '192.0.2.1, 203.0.113.9',
    '192.0.2.1\n',
  ])('is none in %j', (text) => {
    expect(networkOf(text)).toBe('')
  })

  test('is another where the first 64 bits are', () => {
    const different = ['2001:db8::1', '2001:db8:0:1::1', '2001:db8:1::1', '2001:db9::1', '192.0.2.1', '192.0.2.2']
    expect(new Set(different.map(networkOf)).size).toBe(different.length)
  })
})
