import type { ExperimentResult } from '../experiment-result.ts'
import type { BlockRecord } from '../../numerics/block-record.ts'
import { openDesign } from '../../numerics/design.ts'
import { placeOfRun } from '../../numerics/run-layout.ts'
import type { AtomicFile } from '../atomic-file.ts'

/** Failed runs as JSON objects, one a line. */
export class FailureLines {
  readonly #file: AtomicFile
  readonly #lineOf: (failure: BlockRecord['failures'][number]) => string

  constructor(file: AtomicFile, { plan, summary }: ExperimentResult) {
    this.#file = file
    const design = openDesign(plan.design, plan.seed)
    this.#lineOf = ({ run, ...why }) => {
      const { point } = placeOfRun(plan.layout, run)
      const parameters = design.parametersOf(point)
      return JSON.stringify({ run, request_id: `${summary.digest}/${run}`, point, parameters, ...why })
    }
  }

  async write({ failures }: BlockRecord): Promise<void> {
    for (const failure of failures) await this.#file.write(`${this.#lineOf(failure)}\n`)
  }
}
