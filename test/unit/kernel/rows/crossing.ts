import { RowReader } from '../../../../src/kernel/rows/row-reader.ts'
import { RowWriter } from '../../../../src/kernel/rows/row-writer.ts'

/** Both sides of one memory. Each value is written for a service of its own, unless told otherwise. */
export class Crossing {
  readonly writer = new RowWriter()
  readonly reader = new RowReader(this.writer.memory)
  #service = 0
  #sequence: number

  constructor(first = 1) {
    this.#sequence = first
  }

  /** What the other side makes of a value, in a list of its own; `undefined` where it goes as no row. */
  send(value: unknown, service = ++this.#service): [unknown] | undefined {
    const sequence = this.#sequence
    if (!this.writer.write(service, sequence, 0, value)) return undefined
    this.writer.publish()
    this.#sequence = (sequence + 1) | 0
    if (!this.reader.has(sequence)) throw new Error(`Row ${sequence} is not there`)
    const read = this.reader.take(sequence)
    this.reader.release()
    return [read]
  }
}
