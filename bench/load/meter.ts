// Counts the answers of one lane of load and how long each took. An answer counts where it came before the end of the
// window; those that were under way then are still checked.

const bucketMicros = 5
const buckets = 400_000

export class Meter {
  /** The end of the window, on the clock of `performance.now()`. */
  until = 0
  /** Answers inside the window. */
  counted = 0
  /** All answers, checked and right. */
  checked = 0
  maxMs = 0
  /** Length of the newest answer's body. */
  bodyBytes = 0
  readonly #buckets = new Uint32Array(buckets)

  /** Whether the window is still open. */
  record(sentAt: number, now: number): boolean {
    this.checked += 1
    if (now >= this.until) return false
    this.counted += 1
    const ms = now - sentAt
    if (ms > this.maxMs) this.maxMs = ms
    const bucket = Math.min(buckets - 1, Math.floor((ms * 1000) / bucketMicros))
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    return true
  }

  /** In microseconds, upwards to the edge of a bucket of five. */
  quantile(share: number): number {
    let left = Math.ceil(this.counted * share)
    for (const [bucket, count] of this.#buckets.entries()) {
      left -= count
      if (left <= 0) return (bucket + 1) * bucketMicros
    }
    return buckets * bucketMicros
  }
}
