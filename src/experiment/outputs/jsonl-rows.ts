import type { AtomicFile } from '../atomic-file.ts'
import type { RunColumns } from './run-columns.ts'
import type { RowWriter, RunRows } from './run-rows.ts'

/** Rows as JSON objects, one a line. Parameters stand as they are, objects included. */
export class JsonlRows implements RowWriter {
  readonly #file: AtomicFile
  readonly #parameters: readonly string[]
  readonly #metrics: readonly string[]
  #last: readonly unknown[] | undefined
  #text = ''

  constructor(file: AtomicFile, { parameters, metrics }: RunColumns) {
    this.#file = file
    this.#parameters = parameters.map(({ column }) => `,${JSON.stringify(column)}:`)
    this.#metrics = metrics.map((name) => `,${JSON.stringify(name)}:`)
  }

  async write({ count, run, replication, point, parameters, metrics, errors }: RunRows): Promise<void> {
    // All rows of a point share their parameters, and their text.
    if (parameters !== this.#last) {
      this.#text = this.#parameters.map((key, at) => key + (JSON.stringify(parameters[at]) ?? 'null')).join('')
      this.#last = parameters
    }
    let lines = ''
    for (let row = 0; row < count; row++) {
      const error = errors.get(row)
      lines += `{"run":${run + row},"point":${point},"replication":${replication + row}${this.#text}`
      for (let at = 0; at < metrics.length; at++) {
        const value = metrics[at]![row]!
        lines += this.#metrics[at]! + (error === undefined && Number.isFinite(value) ? value : 'null')
      }
      lines += error === undefined ? ',"error":null}\n' : `,"error":${JSON.stringify(error)}}\n`
    }
    await this.#file.write(lines)
  }
}
