import { parse } from 'csv-parse/sync'

/** A CSV file: RFC 4180, UTF-8 with or without a byte order mark, its first line the header. */
export interface CsvTable {
  readonly header: readonly string[]
  /** As many cells in each as in the header. */
  readonly rows: readonly (readonly string[])[]
}

/** @throws {Error} The text is no CSV, rows differ in length, or a name occurs twice; the message has the line. */
export function readCsv(bytes: Uint8Array): CsvTable {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  const [header = [], ...rows] = parse(text, { bom: true, skip_empty_lines: true, trim: true }) as string[][]
  const double = header.find((name, at) => header.indexOf(name) !== at)
  if (double !== undefined) throw new Error(`its header has ${JSON.stringify(double)} twice`)
  return { header, rows }
}

/**
 * A column of numbers.
 *
 * @throws {Error} There is no such column, or a cell of it is no finite number.
 */
export function numbersOf({ header, rows }: CsvTable, column: string): Float64Array {
  const at = header.indexOf(column)
  if (at < 0) throw new Error(`it has no column ${JSON.stringify(column)}, only ${header.join(', ')}`)
  return Float64Array.from(rows, (row, index) => {
    const value = numberOf(row[at]!)
    if (value === undefined)
      throw new Error(`row ${index + 1} of column ${column} has ${JSON.stringify(row[at])}, which is no number`)
    return value
  })
}

/** The rows as points; a cell that is a number becomes one, and so do true and false. */
export function pointsOfTable({ header, rows }: CsvTable): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(header.map((name, at) => [name, cell(row[at]!)])))
}

function cell(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return numberOf(text) ?? text
}

function numberOf(text: string): number | undefined {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}
