import type { Calibration } from '../components/pre-calibration.ts'
import type { ClosesSeries } from './sp500-closes.ts'

/** Everything that the report shows. Prices are in index points, losses and rates are fractions. */
export interface Findings {
  readonly series: ClosesSeries
  readonly calibration: Calibration
  readonly rate: number
  readonly price: number
  readonly standardError: number
  readonly closedForm: number
  /** Between the two prices, in standard errors. */
  readonly distance: number
  readonly valueAtRisk: number
  readonly expectedShortfall: number
  readonly paths: number
  readonly seconds: number
  readonly workers: number
  readonly oneWorkerRate: number
  readonly allWorkersRate: number
  readonly rounds: number
  readonly pathsPerRound: number
  readonly identical: boolean
}

/** The report as text for a terminal; `bold` sets off its headings. */
export function formatReport(findings: Findings, bold: (text: string) => string): string {
  const { series, calibration, price, standardError } = findings
  const halfWidth = 1.959963984540054 * standardError
  const workers = findings.workers === 1 ? '1 worker' : `${findings.workers} workers`
  const sections: [heading: string, rows: [label: string, value: string, note: string][]][] = [
    [
      `S&P 500: geometric Brownian motion fitted to ${integer(series.closes.length)} daily closes, ${series.from} to ${series.to}`,
      [
        ['last close', points(calibration.spot), ''],
        [
          'drift a year',
          percent(calibration.drift),
          `maximum likelihood; standard error ${percent(calibration.drift_se)}`,
        ],
        [
          'volatility a year',
          percent(calibration.volatility),
          `maximum likelihood; standard error ${percent(calibration.volatility_se)}`,
        ],
      ],
    ],
    [
      `Call option: the right to buy the index in one year at ${points(calibration.spot)}, its last close (interest ${percent(findings.rate)})`,
      [
        [
          'simulated price',
          points(price),
          `95 % interval ${points(price - halfWidth)} to ${points(price + halfWidth)}`,
        ],
        ['Black–Scholes', points(findings.closedForm), 'the exact price of this model, by formula'],
        ['distance', findings.distance.toFixed(2), 'standard errors of the simulation; up to 4 pass'],
      ],
    ],
    [
      'Risk of holding the index for one year, with the fitted drift: loss in per cent of the last close',
      [
        ['value at risk 99 %', percent(findings.valueAtRisk), 'exceeded in 1 year of 100'],
        ['expected shortfall', percent(findings.expectedShortfall), 'the average loss in those worst years'],
      ],
    ],
    [
      `Speed: ${integer(findings.paths)} paths of 252 days in ${findings.seconds.toFixed(2)} s on ${workers}`,
      [
        ['paths a second', integer(findings.paths / findings.seconds), workers],
        [
          'speed-up',
          `${(findings.allWorkersRate / findings.oneWorkerRate).toFixed(2)} ×`,
          `${integer(findings.allWorkersRate)} paths a second on ${workers}, ${integer(findings.oneWorkerRate)} on 1`,
        ],
        [
          '',
          '',
          `medians of ${findings.rounds} rounds of the same ${integer(findings.pathsPerRound)} paths, in turn, after warm-up`,
        ],
        ['same numbers', findings.identical ? 'yes' : 'NO', 'on 1 worker and on all, to the last bit'],
      ],
    ],
  ]
  return sections
    .map(([heading, rows]) => [bold(heading), ...rows.map((cells) => row(...cells))].join('\n'))
    .join('\n\n')
}

function row(label: string, value: string, note: string): string {
  return `  ${label.padEnd(20)}${value.padStart(12)}   ${note}`.trimEnd()
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`
}

function points(value: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
}

function integer(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
