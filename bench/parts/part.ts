// What a part of the benchmark is given and gives back.

import type { Loader } from '../http-rounds.ts'
import type { Options } from '../options.ts'
import type { Table } from '../report.ts'

export interface Bench {
  readonly options: Options
  /** An empty folder of this part's own. */
  readonly folder: string
  readonly loader: Loader
}

export interface Part {
  readonly name: string
  /** Takes so long that it runs only where `--only` names it. */
  readonly onlyByName?: true
  readonly run: (bench: Bench) => Promise<readonly Table[]>
}
