#!/usr/bin/env node
// Stands in front of the compiled program, so that the command is linked by `npm ci` before anything is built,
// and so that an old Node gets one clear sentence rather than a syntax error.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 14)) {
  process.stderr.write(`latchkey-server needs Node 22.14 or newer; this is ${process.version}.\n`)
  process.exit(1)
}
// Node 22 calls its SQLite experimental at every start. Our tests run on that version; nobody need read it each time.
const emitWarning = process.emitWarning.bind(process)
process.emitWarning = (warning, ...rest) => {
  if (!String(warning).startsWith('SQLite is an experimental feature')) emitWarning(warning, ...rest)
}
await import('../dist/cli.js')
