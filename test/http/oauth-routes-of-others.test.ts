// To register a client must not open every route of the application to its tokens.

import { expect, test } from 'vitest'
import { ask } from '../helpers/requests.ts'
import { withApp } from './in-process.ts'
import { signInBy, withClients } from './oauth-world.ts'

test('a registered client’s token opens a route that asks for a scope of it, or lets any client in, and no other (SU-7)', async () => {
  const routes = {
    '/own': {},
    '/scoped': { scope: 'read' },
    '/open': { clients: 'any' },
    '/admin': { scope: 'admin' },
  } as const
  await withApp(
    {
      ...withClients,
      mount: (app, { router, requireAuth }) => {
        app.use(router)
        for (const [path, required] of Object.entries(routes)) {
          // Twice, because a token that was seen before goes another way.
          app.get(path, requireAuth(required), requireAuth(required), (_req, res) => void res.sendStatus(204))
        }
      },
    },
    async ({ url }) => {
      const statusesOf = async (client?: 'shop'): Promise<number[]> => {
        const { accessToken: bearer } = await signInBy(url, client)
        const answers = Object.keys(routes).map(async (path) => (await ask(url, `GET ${path}`, { bearer })).status)
        return Promise.all(answers)
      }
      expect(await statusesOf()).toEqual([204, 204, 204, 204])
      expect(await statusesOf('shop')).toEqual([403, 204, 204, 403])
    },
  )
})
