import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parse } from 'csv-parse/sync'

const require = createRequire(import.meta.url)

/** Daily closes of the S&P 500 with the dates of the first and the last, as `2000-01-03`. */
export interface ClosesSeries {
  readonly closes: Float64Array
  readonly from: string
  readonly to: string
}

/**
 * Reads the daily closes that the npm package `vega-datasets` carries.
 *
 * @throws {Error} The package is not installed, or its file has another form.
 */
export function readClosesOfSp500(): ClosesSeries {
  const rows = parse(readFileSync(csvFile()), { columns: true }) as { date: string; close: string }[]
  const closes = Float64Array.from(rows, (row) => Number(row.close))
  const [from, to] = [rows.at(0)?.date, rows.at(-1)?.date]
  if (from === undefined || to === undefined || closes.some((close) => !(close > 0))) {
    throw new Error('sp500-2000.csv of vega-datasets does not have the columns date and close that were expected')
  }
  return { closes, from, to }
}

function csvFile(): string {
  try {
    // The package exports its program alone, which lies in build/ beside data/.
    return join(dirname(require.resolve('vega-datasets')), '..', 'data', 'sp500-2000.csv')
  } catch (cause) {
    throw new Error('The package vega-datasets, which carries the S&P 500 data, is not installed: run npm install', {
      cause,
    })
  }
}
