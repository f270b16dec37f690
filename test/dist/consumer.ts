// Somebody who has installed the packages from their tarballs, in a folder far from this repository: nothing resolves
// through the workspace, so what is missing in a package is missing here. It runs on the Node that runs the tests.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))
const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)

export interface Ran {
  readonly code: number | null
  readonly output: string
}

export interface Running {
  /** What it printed first. */
  readonly firstLine: string
  readonly stop: () => Promise<number | null>
}

export class Consumer {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
    mkdirSync(folder, { recursive: true })
    this.write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8')
  }

  /** `npm install` of these, from npm's cache where it has them. Throws what npm says. */
  install(...specifiers: readonly string[]): void {
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
    const args = ['install', '--prefer-offline', '--ignore-scripts', '--prefix', this.folder, ...quiet, ...specifiers]
    const { code, output } = this.run('npm', args)
    if (code !== 0) throw new Error(`npm install failed: ${output}`)
  }

  /** Names of the packages in node_modules. */
  installed(): string[] {
    const modules = join(this.folder, 'node_modules')
    const visible = (folder: string): string[] => readdirSync(folder).filter((name) => !name.startsWith('.'))
    return visible(modules).flatMap((name) =>
      name.startsWith('@') ? visible(join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
    )
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name))
  }

  /** Type-checks these files with the repository's compiler, as Node resolves modules. */
  typeCheck(...files: readonly string[]): Ran {
    const options = ['--module', 'nodenext', '--target', 'es2023', '--types', 'node', '--strict', '--noEmit']
    // Without skipLibCheck the declarations of the packages themselves are checked too.
    return this.run(process.execPath, [compiler, ...options, '--exactOptionalPropertyTypes', ...files])
  }

  node(...args: readonly string[]): Ran {
    return this.run(process.execPath, args)
  }

  run(command: string, args: readonly string[]): Ran {
    const options = { cwd: this.folder, encoding: 'utf8', env: this.#env({}) } as const
    const { status, stdout, stderr, error } = spawnSync(command, args, options)
    if (error !== undefined) throw error
    return { code: status, output: stdout + stderr }
  }

  /** Starts a program that serves, and waits for its first line. */
  async serve(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Running> {
    const child = spawn(command, args, { cwd: this.folder, env: this.#env(env), stdio: ['ignore', 'pipe', 'pipe'] })
    const firstLine = await firstLineOf(child)
    const stop = async (): Promise<number | null> => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      child.kill('SIGTERM')
      await once(child, 'close')
      return child.exitCode
    }
    return { firstLine, stop }
  }

  // What npm sets for the scripts of this repository must not lead back into it.
  #env(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    const own =
      /^(npm_(package|lifecycle|config_local_prefix)|INIT_CWD$|LATCHKEY_|NODE_(ENV|OPTIONS|PATH)$|PORT$|HOST$)/
    const kept = Object.entries(process.env).filter(([name]) => !own.test(name))
    return { ...Object.fromEntries(kept), PATH: path, ...more }
  }
}

function firstLineOf(child: ChildProcess): Promise<string> {
  let out = ''
  let errors = ''
  child.stderr?.on('data', (text: Buffer) => (errors += text.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`ended with ${code} before it served: ${out}${errors}`)))
    child.stdout?.on('data', (text: Buffer) => {
      out += text.toString()
      if (out.includes('\n')) resolve(out.slice(0, out.indexOf('\n')))
    })
  })
}
