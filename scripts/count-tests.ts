// Closes a CI run with one plain line of counts, read from the test runner's own report, so that a run in which
// nothing ran cannot pass for a green one.

import { readFileSync } from 'node:fs'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly success: boolean
}

const reports = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')) as Report)
const total = (count: (report: Report) => number): number => reports.reduce((sum, report) => sum + count(report), 0)

const passed = total((report) => report.numPassedTests)
const skipped = total((report) => report.numPendingTests + report.numTodoTests)
// A file that could not even be loaded has no failed test, and is a failure all the same.
const failed = total((report) => Math.max(report.numFailedTests, report.success ? 0 : 1))
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
