// A hostile reading of the ready server as it stands behind a proxy: under a path of somebody's host, which the proxy takes
// off. The mistake it prevents: a bound session that signs in and renews, and can then reach nothing.

import { expect, test } from 'vitest'
import { DpopClient } from '../helpers/dpop.ts'
import { startServer } from '../helpers/server.ts'

test('a bound session is good on every route where LATCHKEY_ISSUER has a path (DP-3, DP-10)', async () => {
  const publicUrl = 'https://example.com/tenants/blue'
  const server = await startServer({ LATCHKEY_ISSUER: publicUrl })
  try {
    const place = { url: server.url, publicUrl }
    const client = await DpopClient.signIn(place, server.administrator)
    expect((await client.renew(place)).status).toBe(200)
    for (const path of ['/me', '/sessions']) expect([path, (await client.get(place, path)).status]).toEqual([path, 200])
    // Nor is it good by the name of the host alone, which is another URL.
    expect((await client.get({ ...place, publicUrl: 'https://example.com' }, '/me')).status).toBe(401)
  } finally {
    await server.remove()
  }
})
