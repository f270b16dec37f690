// The clocks and timers of one tab. Two clocks, because that is what devices have: one that people and networks set, and
// one that never jumps but may stand still while the lid is closed. Nothing here moves by itself.

interface Timer {
  readonly due: number
  readonly call: () => void
}

export class TabClock {
  #wall: number
  #monotonic = 1000
  readonly #timers = new Set<Timer>()
  /** How long each timer was asked for, in order of asking. */
  readonly asked: number[] = []

  constructor(wall: number) {
    this.#wall = wall
  }

  readonly now = (): number => this.#wall
  readonly elapsed = (): number => this.#monotonic

  readonly after = (ms: number, call: () => void): (() => void) => {
    this.asked.push(ms)
    const timer = { due: this.#monotonic + ms, call }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** Milliseconds until each timer that waits, the nearest first; negative for one that is overdue. */
  get waiting(): number[] {
    return [...this.#timers].map(({ due }) => due - this.#monotonic).sort((one, other) => one - other)
  }

  /** Both clocks go on by this much; timers are called on the way, in order. */
  advance(ms: number): void {
    const end = this.#monotonic + ms
    for (let timer = this.#nextBy(end); timer !== undefined; timer = this.#nextBy(end)) {
      this.#goOn(Math.max(0, timer.due - this.#monotonic))
      this.#timers.delete(timer)
      timer.call()
    }
    this.#goOn(end - this.#monotonic)
  }

  /** Both clocks go on, and no timer is called: a throttled tab, or no timers at all. */
  advanceSilently(ms: number): void {
    this.#goOn(ms)
  }

  /** The device sleeps: the wall clock goes on, the other stands still, no timer is called. */
  sleep(ms: number): void {
    this.#wall += ms
  }

  /** Somebody sets the wall clock, forwards or back. */
  jump(ms: number): void {
    this.#wall += ms
  }

  /** Calls what is overdue, such as after `advanceSilently`. */
  fireDue(): void {
    this.advance(0)
  }

  /** Forgets all timers, as the end of a tab does. */
  stop(): void {
    this.#timers.clear()
  }

  #goOn(ms: number): void {
    this.#wall += ms
    this.#monotonic += ms
  }

  #nextBy(end: number): Timer | undefined {
    return [...this.#timers].filter(({ due }) => due <= end).sort((one, other) => one.due - other.due)[0]
  }
}
