// How the benchmark's processes talk: the parent asks a child by name, the child answers. A child that loses its
// parent ends. Only small things travel here, and never while a round is being measured.

/** What a child can be asked: functions of at most one argument that survives structured cloning. */
export type Handlers<Asks> = { readonly [Name in keyof Asks]: (argument: never) => unknown }

interface Question {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

export type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly failed: string }

/** The id of the first message of a child: it is ready, and this is what it has to say. */
export const readyId = 0

/** Says that this child is ready, and answers questions from now on. */
export function answerQuestions<Asks extends Handlers<Asks>>(handlers: Asks, ready: unknown): void {
  const byName = new Map(Object.entries<(argument: never) => unknown>(handlers))
  process.on('disconnect', () => process.exit())
  process.on('message', ({ id, name, argument }: Question) => {
    const work = async (): Promise<unknown> => byName.get(name)?.(argument as never)
    work().then(
      (value) => process.send?.({ id, value } satisfies Answer),
      (error: unknown) => process.send?.({ id, failed: reasonOf(error) } satisfies Answer),
    )
  })
  process.send?.({ id: readyId, value: ready } satisfies Answer)
}

export const reasonOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)
