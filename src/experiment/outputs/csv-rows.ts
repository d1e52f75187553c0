import type { AtomicFile } from '../atomic-file.ts'
import { cellText, type RunColumns } from './run-columns.ts'
import type { RowWriter, RunRows } from './run-rows.ts'

/** Rows as CSV: RFC 4180, UTF-8, a header first. */
export class CsvRows implements RowWriter {
  readonly #file: AtomicFile
  #header: string
  #last: readonly unknown[] | undefined
  #text = ''

  constructor(file: AtomicFile, { parameters, metrics }: RunColumns) {
    this.#file = file
    const names = ['run', 'point', 'replication', ...parameters.map(({ column }) => column), ...metrics, 'error']
    this.#header = `${names.map(textCell).join(',')}\r\n`
  }

  async write({ count, run, replication, point, parameters, metrics, errors }: RunRows): Promise<void> {
    if (parameters !== this.#last) {
      this.#text = parameters.map((value) => `,${parameterCell(value)}`).join('')
      this.#last = parameters
    }
    let lines = this.#header
    this.#header = ''
    for (let row = 0; row < count; row++) {
      const error = errors.get(row)
      lines += `${run + row},${point},${replication + row}${this.#text}`
      for (let at = 0; at < metrics.length; at++) {
        const value = metrics[at]![row]!
        lines += error === undefined && Number.isFinite(value) ? `,${value}` : ','
      }
      lines += error === undefined ? ',\r\n' : `,${error}\r\n`
    }
    await this.#file.write(lines)
  }

  async end(): Promise<void> {
    // There may have been no rows.
    await this.#file.write(this.#header)
    this.#header = ''
  }
}

function parameterCell(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? textCell(value) : quoted(cellText(value))
}

/**
 * Text as a cell. A spreadsheet takes what begins with `=`, `+`, `-`, `@`, a tab or a line end for a formula, which can
 * send what else is in the sheet to strangers, and points of a list may come from strangers: an apostrophe goes before
 * it, and before one that is there already, so that taking one away always gives the text. Numbers stay as they are.
 */
function textCell(text: string): string {
  if (text === '') return '""'
  return quoted(/^['=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text)
}

/** Spaces at the ends are kept by readers only within quotes. */
function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
