// Bounds what one call asks at once: a subject may have begun and ended very many sessions in a day, and what he has must
// not take the room of everybody else's commands (I7).

const atOnce = 200

/** Does the same to every item, so many at a time, in order; rejects as soon as one has failed. */
export async function inPieces<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let from = 0; from < items.length; from += atOnce) {
    results.push(...(await Promise.all(items.slice(from, from + atOnce).map(act))))
  }
  return results
}
