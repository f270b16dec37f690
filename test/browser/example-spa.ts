// The example of a single-page app, started as its readers start it, and somebody's browser in front of it. Apart from the
// tests, which then read as what a person does.

import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect, test, vi } from 'vitest'
import { launch } from '../helpers/browser.ts'
import { freshFolder, removeFolder } from '../helpers/server.ts'
import { freePort, keepRunning, type Running } from '../meta/programs.ts'
import { root } from '../meta/sources.ts'

const program = join(root, 'examples/spa/server.ts')

/** The program, through its stops and starts on one port and in one folder. */
class Example {
  readonly url: string
  readonly folder: string = freshFolder()
  readonly #env: Readonly<Record<string, string>>
  #running: Running | undefined

  private constructor(port: number, accessSeconds: number) {
    this.url = `http://127.0.0.1:${port}`
    this.#env = { PORT: String(port), ACCESS_SECONDS: String(accessSeconds) }
  }

  static async open(accessSeconds: number): Promise<Example> {
    const example = new Example(await freePort(), accessSeconds)
    await example.start()
    return example
  }

  async start(): Promise<void> {
    this.#running = await keepRunning([program], { cwd: this.folder, env: this.#env })
    expect(this.#running.greeting).toBe(this.url)
  }

  async stop(): Promise<void> {
    const ended = await this.#running?.stop()
    this.#running = undefined
    expect(ended?.code ?? 0).toBe(0)
  }

  async remove(): Promise<void> {
    await this.stop()
    removeFolder(this.folder)
  }
}

// Chromium writes each refusal and each lost connection to the console; whoever asks for one allows it.
const network = /^Failed to load resource: (?:the server responded with a status of 401|net::ERR_(?:CONNECTION|EMPTY))/

/** Somebody's browser, with tabs of the example in it. */
export class Visitor {
  readonly context: BrowserContext
  /** Paths of all requests that its pages have sent. */
  readonly paths: string[] = []
  /** What the console had to complain about, breaches of the content security policy among them. */
  readonly #complaints: string[] = []
  readonly #url: string
  /** Whether a server that is away or refuses is what the test is about. */
  allowsFailures = false

  private constructor(context: BrowserContext, url: string) {
    this.context = context
    this.#url = url
    context.setDefaultTimeout(20_000)
    context.on('request', (request) => this.paths.push(new URL(request.url()).pathname))
    context.on('weberror', (error) => this.#complaints.push(String(error.error())))
    context.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return
      this.#complaints.push(`${message.text()} ${message.location().url}`)
    })
  }

  static async open(browser: Browser, url: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Visitor> {
    return new Visitor(await browser.newContext({ colorScheme, viewport: { width: 360, height: 640 } }), url)
  }

  async tab(): Promise<Page> {
    const page = await this.context.newPage()
    await page.goto(this.#url)
    return page
  }

  /** Goes away; fails where the console has complained. */
  async leave(): Promise<void> {
    await this.context.close()
    expect(this.#complaints.filter((complaint) => !this.allowsFailures || !network.test(complaint))).toEqual([])
  }
}

const noSwitches: readonly string[] = []

/** A test with the example running and a visitor in front of it. */
export const exampleTest = () =>
  test
    // As short as the default leeway allows: a renewal is never far.
    .extend('accessSeconds', 11)
    .extend('switches', { scope: 'file' }, noSwitches)
    .extend('browser', { scope: 'file' }, async ({ switches }, { onCleanup }) => {
      const browser = await launch(switches)
      onCleanup(() => browser.close())
      return browser
    })
    .extend('stage', async ({ accessSeconds, browser }, { onCleanup }) => {
      const example = await Example.open(accessSeconds)
      const visitor = await Visitor.open(browser, example.url)
      // One after the other: where the console has complained, the program is ended all the same.
      onCleanup(async () => {
        try {
          await visitor.leave()
        } finally {
          await example.remove()
        }
      })
      return { example, visitor }
    })
    .extend('example', ({ stage }) => stage.example)
    .extend('visitor', ({ stage }) => stage.visitor)

export async function signIn(page: Page, password = 'correct horse battery'): Promise<void> {
  await page.getByLabel('User name').fill('ada')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Waits until the element says this; fails with what it says instead. */
export const says = (page: Page, id: string, words: string | RegExp, boundMs = 20_000): Promise<void> =>
  vi.waitFor(async () => expect(await page.locator(`#${id}`).textContent()).toMatch(words), {
    timeout: boundMs,
    interval: 20,
  })

/** Waits for the list that only the signed in may read. */
export async function seesNotes(page: Page): Promise<void> {
  await page.getByText('Bernoulli numbers').waitFor()
  expect(await page.getByRole('listitem').count()).toBe(3)
}
