import { describe, expect, test } from 'vitest'
import { firstDifference } from '../../../src/cli/first-difference.ts'
import { invocation } from '../../../src/cli/invocation.ts'
import { numberColumn } from '../../../src/cli/number-column.ts'
import { differencesOf } from '../../../src/cli/replay.ts'
import { runReport } from '../../../src/cli/run-report.ts'
import { pointsTable } from '../../../src/cli/run-table.ts'
import { shellWord } from '../../../src/cli/shell-word.ts'
import { TroupeError, type ExperimentSummary, type PointSummary } from '../../../src/index.ts'

function point(number: number, parameters: object, metrics: PointSummary['metrics'], failed = 0): PointSummary {
  return { point: number, parameters: { ...parameters }, runs: 1000, failed, stopped: 'replications', metrics }
}

const points = [
  point(0, { strike: 90, model: 'gbm' }, { payoff: { n: 1000, mean: 12.3456789, ci95: [12.1, 12.6] } }),
  point(1, { strike: 110, model: 'garch' }, { payoff: { n: 1000, mean: 1.5, ci95: [null, null] } }),
]

const summary: ExperimentSummary = {
  experiment: {
    name: 'asian',
    service_id: 'simulation',
    seed: 1,
    design: 'grid',
    points: 2,
    replications: 1000,
    block_size: 16,
    antithetic: false,
    common_random_numbers: false,
    quantile_accuracy: 0.001,
  },
  digest: 'd',
  numbers: 'n',
  stopped_at: { reason: 'complete', block: 126, elapsed_ms: 1234 },
  points,
  failures: { count: 0, listed: [] },
  reproducible: true,
  irreproducible: [],
  environment: { troupe: '0.1.0', node: '20', platform: 'linux-x64', cpus: 2, workers: 2 },
}

describe('pointsTable', () => {
  test('has parameters, runs and statistics, a row for each point', () => {
    expect(pointsTable(points, '')).toBe(
      [
        '                      payoff',
        'strike  model   runs     mean               ci95',
        '    90    gbm  1,000  12.3457  12.1000 … 12.6000',
        '   110  garch  1,000   1.5000        – …       –',
        '',
      ].join('\n'),
    )
  })

  test('makes room for the name of a metric above its only statistic', () => {
    const table = pointsTable([point(0, {}, { a_long_name: { n: 1, mean: 1 }, b: { n: 1, mean: 2 } })], '')
    expect(table).toBe(['       a_long_name  b', ' runs         mean  mean', '1,000            1     2', ''].join('\n'))
  })

  test('shows thirty points, and says where the others are', () => {
    const many = Array.from({ length: 40 }, (_, at) => point(at, { x: at }, { y: { n: 1, mean: at } }))
    const lines = pointsTable(many, '; all are in summary.json').split('\n')
    expect(lines).toHaveLength(2 + 30 + 1 + 1)
    expect(lines[32]).toBe('… and 10 more points; all are in summary.json')
  })

  test('shows failed runs where there are any, objects as JSON, and absent parameters', () => {
    const table = pointsTable([point(0, { a: { b: 1 } }, {}, 3), point(1, { c: 'x'.repeat(99) }, {})], '')
    expect(table).toMatch(/^\n +a +c +runs +failed\n/)
    expect(table).toContain('{"b":1}')
    expect(table).toContain(`${'x'.repeat(23)}…`)
    expect(table).toMatch(/ 3\n/)
  })
})

describe('numberColumn', () => {
  test.each<[(number | null)[], string[]]>([
    [
      [1234.5678, 0.5],
      ['1,234.568', '0.500'],
    ],
    [
      [1234567, 5],
      ['1,234,567', '5'],
    ],
    [
      [1e-9, 2e-9],
      ['1.00000e-9', '2.00000e-9'],
    ],
    [
      [1e9, 1e-9],
      ['1.00000e+9', '1.00000e-9'],
    ],
    [
      [0, null],
      ['0', '–'],
    ],
    [
      [-0.25, 0],
      ['-0.250000', '0.000000'],
    ],
  ])('writes %j as %j', (values, texts) => {
    expect(values.map(numberColumn(values))).toEqual(texts)
  })
})

describe('runReport', () => {
  test('says what ran, the numbers, and that they are reproducible', () => {
    const report = runReport(summary, '/nowhere')
    expect(report).toMatch(/^asian: service simulation, 2 points \(grid\), 2,000 runs, 1\.23 s\n\n +payoff\nstrike/)
    expect(report).toContain('reproducible  yes')
    expect(report).toContain('numbers       n\n')
    expect(report).not.toContain('written')
  })

  test('lists the first failures, and how to run one alone', () => {
    const listed = Array.from({ length: 9 }, (_, run) => ({
      run,
      code: 'COMPONENT_FAILED' as const,
      message: 'no\nway',
    }))
    const report = runReport({ ...summary, failures: { count: 12, listed } }, 'my runs/a', 'b.json')
    expect(report).toContain('12 runs failed:\n  run 0  COMPONENT_FAILED: no way\n')
    expect(report).toContain('  … and 7 more\n')
    expect(report).toContain("replay 'my runs/a' --config b.json --run 0\n")
  })

  test('says why it ended early, and why it is not reproducible', () => {
    const stopped = { ...summary.stopped_at, reason: 'budget' as const }
    const report = runReport({ ...summary, stopped_at: stopped, reproducible: false, irreproducible: ['a', 'b'] }, '.')
    expect(report).toContain('1.23 s; the time budget ended it\n')
    expect(report).toContain('reproducible  no: a; b\n')
  })
})

describe('firstDifference', () => {
  const other = (change: Partial<PointSummary>) => ({ ...summary, points: [points[0]!, { ...points[1]!, ...change }] })

  test('is none between equals', () => {
    expect(firstDifference(summary, structuredClone(summary))).toBeUndefined()
  })

  test.each<[Partial<PointSummary>, string]>([
    [
      { metrics: { payoff: { n: 1000, mean: 1.5000000000000002, ci95: [null, null] } } },
      'payoff mean is 1.5 and 1.5000000000000002',
    ],
    [{ runs: 1001 }, 'runs are 1000 and 1001'],
    [{ metrics: {} }, 'payoff n is 1000 and undefined'],
  ])('is %j', (change, place) => {
    expect(firstDifference(summary, other(change))).toBe(`point 1 ({"strike":110,"model":"garch"}): ${place}`)
  })

  test('is a point that one has not', () => {
    expect(firstDifference(summary, { ...summary, points: [points[0]!] })).toContain('point 1 is there in one')
  })
})

describe('differencesOf', () => {
  const replay = { context: { service_id: 'x' }, warnings: [] }

  test('finds metrics that are not what was recorded', () => {
    expect(differencesOf({ ...replay, result: { a: 1, b: 2 }, recorded: { a: 1, b: 3 } })).toEqual([
      'b was recorded as 3, and is 2 now',
    ])
    expect(differencesOf({ ...replay, result: null, recorded: { a: 1 } })).toEqual([
      'a was recorded as 1, and is undefined now',
    ])
    expect(differencesOf({ ...replay, result: { a: 2 } })).toEqual([])
  })

  test('finds that it fails now, or did then', () => {
    const error = new TroupeError('COMPONENT_FAILED', 'no')
    expect(differencesOf({ ...replay, error, recorded: null })).toEqual([])
    expect(differencesOf({ ...replay, error, recorded: { a: 1 } })).toEqual(['it did not fail when it was recorded'])
    expect(differencesOf({ ...replay, result: {}, recorded: null })).toEqual([
      'it failed when it was recorded, and does not now',
    ])
  })
})

test('shellWord quotes what a shell would take apart', () => {
  expect(['a/b-1.json', 'a b', "it's", ''].map(shellWord)).toEqual(['a/b-1.json', "'a b'", String.raw`'it'\''s'`, "''"])
})

test('invocation is what can be pasted', () => {
  expect(invocation('/p/node_modules/.bin/troupe', '/p')).toBe('npx troupe')
  expect(invocation('/usr/bin/troupe', '/p')).toBe('troupe')
  expect(invocation('/p/dist/src/cli/main.js', '/p')).toBe('node dist/src/cli/main.js')
})
