// The databases on which the attacks on sessions are made: the ready server on SQLite, PostgreSQL and Redis, each behind the
// same few verbs. What a session logic must refuse does not depend on where its rows are.

import { freshFolder, removeFolder, runCommand, TestServer, type Env, type Ran } from '../helpers/server.ts'
import { engines } from '../helpers/engines.ts'

export interface Place {
  /** Starts a server on the database. */
  node(env?: Env): Promise<TestServer>
  /** One command of the command line beside it. */
  run(node: TestServer, ...args: readonly string[]): Promise<Ran>
  /** Ends everything. */
  remove(): Promise<void>
}

const onSqlite = (): Promise<Place> => {
  const folder = freshFolder()
  const nodes: TestServer[] = []
  return Promise.resolve({
    node: (env = {}) => {
      const node = new TestServer(env, folder)
      nodes.push(node)
      return node.start()
    },
    run: (node, ...args) => runCommand(node.folder, args),
    remove: async () => {
      await Promise.all(nodes.map((node) => node.kill()))
      removeFolder(folder)
    },
  })
}

/** Name, why it is not to be had here, and how to start it. */
export const places: readonly (readonly [string, string | null, () => Promise<Place>])[] = [
  ['SQLite', null, onSqlite],
  ...engines.map(([name, missing, start]) => {
    const open = async (): Promise<Place> => {
      const engine = await start()
      return {
        node: (env) => engine.node(env),
        run: (node, ...args) => runCommand(node.folder, args, engine.env),
        remove: () => engine.remove(),
      }
    }
    return [name, missing, open] as const
  }),
]
