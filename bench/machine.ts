// The machine under the figures: what it is, which cores are used, how long its disk takes to make a write durable,
// and how busy a core was, so that foreign work can be told from our own. Outside Linux nothing can be pinned or told.

import { spawnSync } from 'node:child_process'
import { closeSync, fdatasyncSync, openSync, readdirSync, readFileSync, statfsSync, writeSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { median, written } from './statistics.ts'

export interface Cores {
  readonly server: number
  readonly load: number
}

const linux = process.platform === 'linux'
const millisecondsPerTick = 10
const tmpfs = 0x01021994
// A name of its own: this is a tool of the system, not a dependency of the project.
const pinTool = 'taskset'

/** The two cores that are used; null where processes cannot be pinned, or there is one core only. */
const cores: Cores | null = findCores()

function findCores(): Cores | null {
  if (!linux || spawnSync(pinTool, ['--version']).status !== 0) return null
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  const [server, load] = list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
  return server === undefined || load === undefined ? null : { server, load }
}

/** A command, pinned to a core where that is possible. */
export const pinned = (core: keyof Cores, command: readonly string[]): readonly string[] =>
  cores === null ? command : [pinTool, '-c', String(cores[core]), ...command]

/** Moves this process to the loader's core, where it is in nobody's way. */
export function stepAside(): void {
  if (cores !== null) spawnSync(pinTool, ['-cp', String(cores.load), String(process.pid)])
}

/** How long a core has been busy with anything at all since boot, in milliseconds; null where nobody says. */
export function busyMs(core: keyof Cores): number | null {
  if (cores === null) return null
  const line = new RegExp(`^cpu${cores[core]} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? ''
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(' ').map(Number)
  return (user + nice + system + irq + softirq + steal) * millisecondsPerTick
}

/** How long a process has used the processor, in milliseconds; null where nobody says. */
export const processorMs = (pid: number): number | null => (linux ? timesOf(pid).ownMs : null)

/** The same of a process, its children, and those of its children that have ended; null where nobody says. */
export function familyMs(parent: number): number | null {
  if (!linux) return null
  const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== parent)
  const children = others.flatMap((name) => {
    const times = timesIfAlive(Number(name))
    return times?.parent === parent ? [times.ownMs] : []
  })
  const { ownMs, endedChildrenMs } = timesOf(parent)
  return children.reduce((sum, ms) => sum + ms, ownMs + endedChildrenMs)
}

interface Times {
  readonly parent: number
  readonly ownMs: number
  readonly endedChildrenMs: number
}

function timesOf(pid: number): Times {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15)
  return {
    parent: fields[1] ?? 0,
    ownMs: (user + system) * millisecondsPerTick,
    endedChildrenMs: (endedUser + endedSystem) * millisecondsPerTick,
  }
}

function timesIfAlive(pid: number): Times | null {
  try {
    return timesOf(pid)
  } catch {
    return null
  }
}

/** Resident memory of a process in megabytes (10^6); null where nobody says. */
export function residentMegabytes(pid: number): number | null {
  if (!linux) return null
  const [, kilobytes] = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return kilobytes === undefined ? null : (Number(kilobytes) * 1024) / 1e6
}

export const loadAverage = (): string =>
  loadavg()
    .map((value) => value.toFixed(2))
    .join(' ')

/** Every line that a reader needs in order to judge the figures. */
export function describeMachine(folder: string): readonly string[] {
  const pins =
    cores === null
      ? 'nothing pinned: no taskset here, or one core only'
      : `server on core ${cores.server}, loader on core ${cores.load}`
  const memoryDisk = statfsSync(folder).type === tmpfs ? ' — IN MEMORY: what is durable costs nothing here' : ''
  return [
    `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${process.platform} ${process.arch}; ${pins}`,
    `Node ${process.version}, V8 ${process.versions.v8}, OpenSSL ${process.versions.openssl}, SQLite ${process.versions['sqlite']}`,
    `fdatasync of 8 KiB in ${folder}: ${written(syncMicros(folder))} µs${memoryDisk}`,
    `${new Date().toISOString()}, load average ${loadAverage()}`,
  ]
}

function syncMicros(folder: string): number {
  const file = openSync(join(folder, 'sync'), 'w')
  const bytes = Buffer.alloc(8192, 1)
  const times = Array.from({ length: 200 }, () => {
    const begun = performance.now()
    writeSync(file, bytes)
    fdatasyncSync(file)
    return (performance.now() - begun) * 1000
  })
  closeSync(file)
  return median(times)
}
