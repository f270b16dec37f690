// One configuration, one project per kind of proof: `npm test` runs the quick ones, `npm run test:all` every one.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const source = (path: string): string => file(`./packages/latchkey/src/${path}`)

// Tests read the sources, so that a failure points at the line that a reviewer reads; test/dist reads the packed package.
const alias = [
  { find: /^latchkey$/, replacement: source('index.ts') },
  { find: /^latchkey\/express$/, replacement: source('express/index.ts') },
  { find: /^latchkey\/memory$/, replacement: source('stores/memory.ts') },
  { find: /^latchkey\/sqlite$/, replacement: source('stores/sqlite/index.ts') },
  { find: /^latchkey\/postgres$/, replacement: source('stores/postgres/index.ts') },
  { find: /^latchkey\/redis$/, replacement: source('stores/redis/index.ts') },
  { find: /^latchkey\/kept-keys$/, replacement: source('kept-keys/index.ts') },
  { find: /^latchkey\/key-file$/, replacement: source('key-file.ts') },
  { find: /^latchkey\/client$/, replacement: source('client/index.ts') },
  { find: /^latchkey\/client\/dpop$/, replacement: source('client/dpop.ts') },
  { find: /^latchkey\/client\/native$/, replacement: source('client/native.ts') },
  { find: /^latchkey\/client\/node$/, replacement: source('client-node/index.ts') },
  { find: /^latchkey\/client\/(axios|ky|react)$/, replacement: source('client/adapters/$1.ts') },
  { find: /^latchkey\/testing$/, replacement: source('testing/index.ts') },
]

// The same tests on the client as the package ships it, whose own members have other names; without those that are about
// the sources, or about its own members.
const shipped = {
  resolve: {
    alias: [
      { find: /^.+\/client-in\.ts$/, replacement: file('./test/helpers/shipped-client-in.ts') },
      { find: /^latchkey\/client$/, replacement: file('./packages/latchkey/dist/client/index.js') },
      { find: /^latchkey\/client\/(dpop|native)$/, replacement: file('./packages/latchkey/dist/client/$1.js') },
      {
        find: /^latchkey\/client\/(axios|ky|react)$/,
        replacement: file('./packages/latchkey/dist/client/adapters/$1.js'),
      },
      ...alias,
    ],
  },
  test: {
    name: 'shipped',
    include: ['test/silent/**/*.test.ts'],
    exclude: ['test/silent/node/**', 'test/silent/dpop/proof.test.ts', 'test/silent/adapters/misuse.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
}

// A `.deep.test.ts` explores further than there is time for in every run.
const deep = 'test/**/*.deep.test.ts'

const project = (name: string, testTimeout: number, include = `test/${name}/**/*.test.ts`) => ({
  resolve: { alias },
  test: { name, include: [include], exclude: include === deep ? [] : [deep], testTimeout, hookTimeout: 30_000 },
})

export default defineConfig({
  test: {
    // Two cores, and much of it waits for a server or a database.
    maxWorkers: 2,
    projects: [
      project('unit', 10_000),
      project('silent', 30_000),
      shipped,
      project('contract', 20_000),
      project('stores', 60_000),
      project('model', 120_000),
      project('http', 30_000),
      project('requirements', 30_000),
      project('meta', 60_000),
      project('machines', 60_000),
      project('browser', 60_000),
      project('clients', 60_000),
      project('attacks', 300_000),
      project('crash', 120_000),
      project('chaos', 600_000),
      project('deep', 600_000, deep),
      project('dist', 180_000),
    ],
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'], exclude: ['**/src/page/**'] },
  },
})
