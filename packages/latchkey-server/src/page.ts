// Serves the page on which a newcomer watches the idea work. Its few files are read once, at start.

import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RequestHandler } from 'express'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

interface Asset {
  readonly type: string
  readonly bytes: Buffer
}

/** Middleware for `/`, the files beside the page, and its compiled script under `/page/`. */
export function createPage(): RequestHandler {
  const assets = new Map([
    ...assetsIn(new URL('../page/', import.meta.url), '/'),
    ...assetsIn(new URL('../dist/page/', import.meta.url), '/page/'),
  ])
  const index = assets.get('/index.html')
  if (index !== undefined) assets.set('/', index)
  return (req, res, next) => {
    const asset = req.method === 'GET' || req.method === 'HEAD' ? assets.get(req.path) : undefined
    if (asset === undefined) next()
    else res.set({ 'Content-Type': asset.type, 'Cache-Control': 'no-cache' }).send(asset.bytes)
  }
}

function assetsIn(folder: URL, prefix: string): [string, Asset][] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.flatMap((entry): [string, Asset][] => {
    const type = types[extname(entry.name)]
    if (type === undefined || !entry.isFile()) return []
    const path = join(entry.parentPath, entry.name)
    const url = prefix + relative(fileURLToPath(folder), path).replaceAll('\\', '/')
    return [[url, { type, bytes: readFileSync(path) }]]
  })
}
