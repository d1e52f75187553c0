import type { ByteWriter, ColumnSource, ParquetWriter } from 'hyparquet-writer'
import type { AtomicFile } from '../atomic-file.ts'
import { cellText, type ColumnType, type RunColumns } from './run-columns.ts'
import type { RowWriter, RunRows } from './run-rows.ts'

/** Cells of a row group, which are in memory together; and rows, however few columns there are. */
const mostCells = 1 << 20
const mostRows = 1 << 17

const types = { number: 'DOUBLE', boolean: 'BOOLEAN', text: 'STRING' } as const satisfies Record<ColumnType, string>

type Buffers = {
  readonly run: BigInt64Array
  readonly point: BigInt64Array
  readonly replication: BigInt64Array
  readonly parameters: readonly unknown[][]
  readonly metrics: readonly (number | null)[][]
  readonly error: (string | null)[]
}

/** Rows as Apache Parquet, one row group after another. */
export class ParquetRows implements RowWriter {
  readonly #file: AtomicFile
  readonly #columns: RunColumns
  readonly #bytes: ByteWriter
  readonly #parquet: ParquetWriter
  readonly #size: number
  readonly #buffers: Buffers
  #filled = 0

  private constructor(file: AtomicFile, columns: RunColumns, bytes: ByteWriter, parquet: ParquetWriter, size: number) {
    this.#file = file
    this.#columns = columns
    this.#bytes = bytes
    this.#parquet = parquet
    this.#size = size
    this.#buffers = {
      run: new BigInt64Array(size),
      point: new BigInt64Array(size),
      replication: new BigInt64Array(size),
      parameters: columns.parameters.map(() => nulls<unknown>(size)),
      metrics: columns.metrics.map(() => nulls<number>(size)),
      error: nulls<string>(size),
    }
  }

  /** @param notes What the file says about itself, by name. */
  static async open(
    file: AtomicFile,
    columns: RunColumns,
    notes: Readonly<Record<string, string>>,
  ): Promise<ParquetRows> {
    // It is needed at the end of experiments that ask for it, and by nobody else.
    const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import('hyparquet-writer')
    const bytes = new ByteWriter()
    const size = Math.min(mostRows, Math.ceil(mostCells / (columns.parameters.length + columns.metrics.length + 4)))
    const parquet = new ParquetWriter({
      writer: bytes,
      schema: schemaFromColumnData({ columnData: sources(columns, () => []) }),
      kvMetadata: Object.entries(notes).map(([key, value]) => ({ key, value })),
      createdBy: 'troupe',
    })
    return new ParquetRows(file, columns, bytes, parquet, size)
  }

  async write(rows: RunRows): Promise<void> {
    const parameters = this.#columns.parameters.map(({ type }, at) => {
      const value = rows.parameters[at] ?? null
      return type === 'text' && value !== null ? cellText(value) : value
    })
    for (let from = 0; from < rows.count;) {
      const to = Math.min(rows.count, from + this.#size - this.#filled)
      this.#fill(rows, from, to, parameters)
      from = to
      if (this.#filled === this.#size) await this.#writeGroup()
    }
  }

  #fill({ run, point, replication, metrics, errors }: RunRows, from: number, to: number, values: unknown[]): void {
    const { run: runs, point: points, replication: replications, error } = this.#buffers
    const at = this.#filled - from
    points.fill(BigInt(point), at + from, at + to)
    for (let row = from; row < to; row++) {
      runs[at + row] = BigInt(run + row)
      replications[at + row] = BigInt(replication + row)
      error[at + row] = errors.get(row) ?? null
    }
    for (const [column, value] of values.entries()) this.#buffers.parameters[column]!.fill(value, at + from, at + to)
    for (const [column, target] of this.#buffers.metrics.entries()) {
      const source = metrics[column]!
      for (let row = from; row < to; row++) {
        const value = source[row]!
        target[at + row] = Number.isFinite(value) && error[at + row] === null ? value : null
      }
    }
    this.#filled += to - from
  }

  async end(): Promise<void> {
    if (this.#filled > 0) await this.#writeGroup()
    await this.#parquet.finish()
    await this.#drain()
  }

  async #writeGroup(): Promise<void> {
    const { run, point, replication, parameters, metrics, error } = this.#buffers
    const all = [run, point, replication, ...parameters, ...metrics, error]
    const filled = this.#filled
    await this.#parquet.write({
      columnData: sources(this.#columns, (at) => all[at]!.slice(0, filled)).map(({ name, data }) => ({ name, data })),
      rowGroupSize: filled,
    })
    this.#filled = 0
    await this.#drain()
  }

  /** Hands the bytes on; `offset`, which row groups are found by, goes on counting. */
  async #drain(): Promise<void> {
    if (this.#bytes.index === 0) return
    const chunk = this.#bytes.getBytes().slice()
    this.#bytes.index = 0
    await this.#file.write(chunk)
  }
}

function nulls<Value>(size: number): (Value | null)[] {
  return Array.from({ length: size }, () => null)
}

function sources(
  { parameters, metrics }: RunColumns,
  dataAt: (column: number) => ColumnSource['data'],
): ColumnSource[] {
  const typed = [
    ...['run', 'point', 'replication'].map((name) => ({ name, type: 'INT64' as const, nullable: false })),
    ...parameters.map(({ column, type }) => ({ name: column, type: types[type], nullable: true })),
    ...metrics.map((name) => ({ name, type: 'DOUBLE' as const, nullable: true })),
    { name: 'error', type: 'STRING' as const, nullable: true },
  ]
  return typed.map((column, at) => ({ ...column, data: dataAt(at) }))
}
