// A real Chromium on the real page, as a person meets it: by its buttons, its words and its keyboard. Where there is no
// Chromium the tests that need one say so and are skipped; with REQUIRE_SERVICES=1, as in CI, they fail instead, because
// a proof that was silently skipped is none.

import { existsSync } from 'node:fs'
import { chromium, type Browser, type Page } from 'playwright-core'
import { expect, test, vi } from 'vitest'
import { startServer, type Credentials, type Env, type TestServer } from './server.ts'

const executablePath = '/usr/bin/chromium'
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const reason = `${executablePath} is missing (apt-get update && apt-get install -y chromium)`

/** Whether tests in the browser are to be skipped: there is none, and nobody insists. */
export const withoutBrowser: boolean = !existsSync(executablePath) && process.env['REQUIRE_SERVICES'] !== '1'
if (withoutBrowser) process.stderr.write(`The tests in the browser are skipped: ${reason}\n`)

/** Starts Chromium on a profile of its own, with these switches beside the usual ones, and without those of Playwright's. */
export function launch(more: readonly string[] = [], without: readonly string[] = []): Promise<Browser> {
  if (!existsSync(executablePath)) throw new Error(reason)
  return chromium.launch({ executablePath, args: [...args, ...more], ignoreDefaultArgs: [...without] })
}

export interface Look {
  readonly width?: number
  readonly scheme?: 'light' | 'dark'
}

/** One request as the page's journal shows it. */
export interface Entry {
  readonly route: string
  readonly status: number
  readonly times: number
}

// Chromium writes every refusal and every lost connection to the console; those are what the page is about.
const network = /^Failed to load resource: (the server responded with a status of (40[0-9]|503)|net::ERR_CONNECTION_)/

/** The page, opened by somebody who has not been there before. */
export class Visit {
  readonly page: Page
  /** What the console had to complain about, breaches of the content security policy among them. */
  readonly complaints: string[] = []
  /** The address of every request that the page has sent. */
  readonly addresses: string[] = []

  private constructor(page: Page) {
    this.page = page
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('console', (message) => {
      const bad = message.type() === 'error' || message.type() === 'warning'
      if (bad && !network.test(message.text())) this.complaints.push(message.text())
    })
    page.on('request', (request) => this.addresses.push(request.url()))
  }

  static async open(browser: Browser, url: string, { width = 1280, scheme = 'light' }: Look = {}): Promise<Visit> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme })
    context.setDefaultTimeout(10_000)
    const visit = new Visit(await context.newPage())
    await visit.page.goto(url)
    return visit
  }

  async text(id: string): Promise<string> {
    return ((await this.page.locator(`#${id}`).textContent()) ?? '').trim()
  }

  async click(id: string): Promise<void> {
    await this.page.locator(`#${id}`).click()
  }

  /** Waits until the element says this; fails with what it says instead. */
  async says(id: string, words: string | RegExp, boundMs = 8000): Promise<void> {
    const look = async (): Promise<void> => {
      const said = await this.text(id)
      if (typeof words === 'string') expect(said).toContain(words)
      else expect(said).toMatch(words)
    }
    await vi.waitFor(look, { timeout: boundMs, interval: 20 })
  }

  /** Clicks, and waits for the sentence that the step says when it is done. */
  async act(button: string, step: string, sentence: string | RegExp): Promise<void> {
    await this.click(button)
    await this.says(`outcome-${step}`, sentence)
  }

  async submit({ username, password }: Credentials, kind: 'keyed' | 'plain'): Promise<void> {
    await this.page.locator('#username').fill(username)
    await this.page.locator('#password').fill(password)
    await this.click(`kind-${kind}`)
    await this.click('sign-in')
  }

  async signIn(credentials: Credentials, kind: 'keyed' | 'plain'): Promise<void> {
    await this.submit(credentials, kind)
    await this.says('session-state', /^signed in$/)
  }

  /** The id of the element that has the focus. */
  focused(): Promise<string | null> {
    return this.page.locator(':focus').getAttribute('id')
  }

  async generation(): Promise<number> {
    return Number(await this.text('generation'))
  }

  /** The journal, oldest first. */
  async journal(): Promise<Entry[]> {
    const entries = await this.page.locator('#log > li').all()
    const read = entries.map(async (entry): Promise<Entry> => {
      const of = async (name: string): Promise<string> => (await entry.getAttribute(`data-${name}`)) ?? ''
      const route = `${await of('method')} ${await of('path')}`
      return { route, status: Number(await of('status')), times: Number(await of('times')) }
    })
    return (await Promise.all(read)).toReversed()
  }

  /** The journal as lines such as `POST /token 200`. */
  async lines(): Promise<string[]> {
    return (await this.journal()).map(({ route, status }) => `${route} ${status}`)
  }

  /** What the page has left where another page or a later one could find it: storage, cookies, caches, addresses. */
  async #traces(): Promise<string[]> {
    // The page knows these three; the rest is known to the browser's context. They are strings, because the tests are
    // compiled for Node, which has no such things.
    const kept = await this.page.evaluate<string[]>(
      '(async () => [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...(await caches.keys())])()',
    )
    const { cookies, origins } = await this.page.context().storageState({ indexedDB: true })
    const stored = [...kept, ...cookies.map(({ name }) => `cookie ${name}`), ...origins.map(({ origin }) => origin)]
    const told = [...this.addresses, this.page.url()].filter((address) => /lkr1_|eyJ|password|[?#]./.test(address))
    return [...stored, ...told]
  }

  /** Goes away; fails where the console complained or something stays behind. */
  async leave(): Promise<void> {
    try {
      expect(this.complaints).toEqual([])
      expect(await this.#traces()).toEqual([])
    } finally {
      await this.page.context().close()
    }
  }
}

export interface Stage {
  readonly server: TestServer
  readonly browser: Browser
}

/** A server with these settings and a browser beside it. */
export async function openStage(env: Env = {}): Promise<Stage> {
  const [server, browser] = await Promise.all([startServer(env), launch()])
  return { server, browser }
}

export async function closeStage({ server, browser }: Stage): Promise<void> {
  await Promise.all([browser.close(), server.remove()])
}

/** A test whose file has one stage, and which gets a visit of its own that has to leave nothing behind. */
export const pageTest = (env: Env = {}) =>
  test
    .extend('env', { scope: 'file' }, env)
    .extend('stage', { scope: 'file' }, async ({ env }, { onCleanup }) => {
      const stage = await openStage(env)
      onCleanup(() => closeStage(stage))
      return stage
    })
    .extend('server', { scope: 'file' }, ({ stage }) => stage.server)
    .extend('browser', { scope: 'file' }, ({ stage }) => stage.browser)
    .extend('visit', async ({ browser, server }, { onCleanup }) => {
      const visit = await Visit.open(browser, server.url)
      onCleanup(() => visit.leave())
      return visit
    })
