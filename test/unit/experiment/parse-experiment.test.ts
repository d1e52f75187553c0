import { describe, expect, test } from 'vitest'
import type { ConfigProblem, TroupeError } from '../../../src/contract/errors.ts'
import { parseExperiment } from '../../../src/experiment/parse-experiment.ts'

const metrics = { payoff: ['mean'] }
const encode = (text: string) => new TextEncoder().encode(text)

function parse(written: object, files: Readonly<Record<string, string>> = {}) {
  return parseExperiment(written, (path) => {
    const text = files[path]
    if (text === undefined) throw new Error(`${path} does not exist`)
    return encode(text)
  })
}

function problemsOf(written: object, files?: Readonly<Record<string, string>>): readonly ConfigProblem[] {
  try {
    parse(written, files)
  } catch (error) {
    expect((error as TroupeError).code).toBe('CONFIG_INVALID')
    return (error as TroupeError).details as ConfigProblem[]
  }
  return []
}

describe('parseExperiment', () => {
  test('normalises all that an experiment may say', () => {
    const { plan, shared, files } = parse(
      {
        $schema: 'x',
        service_id: 'simulation',
        seed: 20260101,
        shared: { closes: { csv: 'closes.csv', column: 'close' } },
        prepare: { service_id: 'pre-calibration', into: 'calibration' },
        data: { payoff: 'asian-call', horizon_days: 252 },
        design: {
          method: 'grid',
          parameters: { strike: { linspace: [80, 120, 9] }, volatility: { values: [0.1, 0.2, 0.4] } },
        },
        replications: 10_000,
        antithetic: true,
        common_random_numbers: true,
        metrics: { payoff: ['mean', 'sd', 'ci95', 'p05', 'p999'] },
        stop: { metric: 'payoff', half_width: 0.01, confidence: 0.9, min_replications: 1000, budget_ms: 60_000 },
        max_failures: 5,
        outputs: ['summary.json', 'runs.parquet', 'report.html', 'summary.json'],
      },
      { 'closes.csv': '\uFEFFdate,close\n2026-01-02,10.5\r\n2026-01-05,1e1\n' },
    )
    expect(plan).toEqual({
      serviceId: 'simulation',
      seed: 20260101,
      shared: { closes: { csv: 'closes.csv', column: 'close' } },
      prepare: { serviceId: 'pre-calibration', data: {}, into: 'calibration' },
      data: { payoff: 'asian-call', horizon_days: 252 },
      design: {
        method: 'grid',
        parameters: [
          { name: 'strike', values: [80, 85, 90, 95, 100, 105, 110, 115, 120] },
          { name: 'volatility', values: [0.1, 0.2, 0.4] },
        ],
      },
      layout: { points: 27, replications: 10_000, blockSize: 158, antithetic: true, commonRandomNumbers: true },
      metrics: [
        {
          name: 'payoff',
          statistics: [
            { name: 'mean', kind: 'mean' },
            { name: 'sd', kind: 'sd' },
            { name: 'ci95', kind: 'interval', probability: 0.95 },
            { name: 'p05', kind: 'quantile', probability: 0.05 },
            { name: 'p999', kind: 'quantile', probability: 0.999 },
          ],
        },
      ],
      stop: {
        interval: { metric: 'payoff', confidence: 0.9, minReplications: 1000, halfWidth: 0.01, relative: false },
        budgetMs: 60_000,
      },
      maxFailures: 5,
      outputs: ['summary.json', 'runs.parquet', 'report.html'],
    })
    expect(shared).toEqual(new Map([['closes', Float64Array.of(10.5, 10)]]))
    expect(Object.keys(files)).toEqual(['closes.csv'])
  })

  test('needs a service and a metric alone: one run, of one point', () => {
    const { plan } = parse({ service_id: 'a', metrics })
    expect(plan).toEqual({
      serviceId: 'a',
      seed: 0,
      shared: {},
      data: {},
      design: { method: 'list', points: [{}] },
      layout: { points: 1, replications: 1, blockSize: 1, antithetic: false, commonRandomNumbers: false },
      metrics: [{ name: 'payoff', statistics: [{ name: 'mean', kind: 'mean' }] }],
      stop: {},
      outputs: ['summary.json'],
    })
  })

  test('gives a plan that is frozen, and the same after a structured clone', () => {
    const { plan } = parse({ service_id: 'a', metrics, data: { a: { b: [1] } } })
    expect(structuredClone(plan)).toEqual(plan)
    expect(Object.isFrozen((plan.data['a'] as { b: number[] }).b)).toBe(true)
    expect(Object.isFrozen(plan.layout)).toBe(true)
  })

  test('spaces values equally between ends whose difference no number holds', () => {
    const most = Number.MAX_VALUE
    const parameters = { a: { linspace: [-most, most, 3] } }
    const { plan } = parse({ service_id: 'a', metrics, design: { method: 'grid', parameters } })
    expect(plan.design).toEqual({ method: 'grid', parameters: [{ name: 'a', values: [-most, 0, most] }] })
  })

  test('reads every distribution of a sampled design', () => {
    const parameters = {
      a: { uniform: [0, 1] },
      b: { normal: [0, 2] },
      c: { log_uniform: [0.1, 10] },
      d: { integer: [1, 6] },
      e: { choice: ['x', null] },
    }
    for (const method of ['random', 'latin-hypercube', 'sobol'] as const) {
      const { plan } = parse({ service_id: 'a', metrics, design: { method, samples: 8, parameters } })
      expect(plan.layout.points).toBe(8)
      expect(plan.design).toEqual({
        method,
        samples: 8,
        parameters: [
          { name: 'a', distribution: { kind: 'uniform', from: 0, to: 1 } },
          { name: 'b', distribution: { kind: 'normal', mean: 0, sd: 2 } },
          { name: 'c', distribution: { kind: 'logUniform', from: 0.1, to: 10 } },
          { name: 'd', distribution: { kind: 'integer', from: 1, to: 6 } },
          { name: 'e', distribution: { kind: 'choice', values: ['x', null] } },
        ],
      })
    }
  })

  test.each([
    ['points', { points: [{ a: 1, b: 'x' }, { a: 2 }] }, [{ a: 1, b: 'x' }, { a: 2 }]],
    [
      'a CSV file',
      { csv: 'list' },
      [
        { a: 1, b: 'x', c: true },
        { a: -2.5, b: '"y"', c: '' },
      ],
    ],
    ['a JSONL file', { jsonl: 'lines' }, [{ a: 1 }, { a: { b: [2] } }]],
  ])('reads a list from %s', (_name, source, expected) => {
    const files = { list: 'a,b,c\n1,x,true\n-2.5,"""y""",\n', lines: '{"a":1}\r\n\n{"a":{"b":[2]}}' }
    const { plan } = parse({ service_id: 'a', metrics, design: { method: 'list', ...source } }, files)
    expect(plan.design).toEqual({ method: 'list', points: expected })
    expect(plan.layout.points).toBe(expected.length)
  })

  test('lists all problems at once, with paths, and the names that were meant', () => {
    const problems = problemsOf({
      service_id: 'a',
      metrics: { payoff: ['mean', 'p5', 'ci96.5', 'meen'] },
      replicatons: 10,
      design: { method: 'gird', parameters: { a: { linspac: [0, 1, 2] } } },
    })
    expect(problems.map(({ path }) => path)).toEqual(['design.method', 'design.parameters.a.linspac', 'replicatons'])
    expect(problems.map(({ nearest }) => nearest)).toEqual([undefined, 'linspace', 'replications'])
  })

  test.each([
    [{ metrics: { payoff: ['meen'] } }, 'metrics.payoff[0]: "meen" is no statistic', 'did you mean "mean"?'],
    [{ metrics: { payoff: ['p5'] } }, 'metrics.payoff[0]: "p5" is no statistic'],
    [{ metrics: { payoff: ['ci00'] } }, 'metrics.payoff[0]'],
    [{ metrics: {} }, 'metrics: must name at least one field'],
    [{ seed: 1.5 }, 'seed: must be a whole number'],
    [{ data: { x: NaN } }, 'data: must be plain JSON: NaN is no JSON number'],
    [{ data: { x: new Date(0) } }, 'data.x: must be plain JSON, but is Date'],
    [{ replications: 0 }, 'replications: must be at least 1'],
    [{ replications: 3, antithetic: true }, 'replications: must be even'],
    [{ replications: 4, block_size: 3, antithetic: true }, 'block_size: must be even'],
    [{ outputs: ['runs.xml'] }, 'outputs[0]: must be one of'],
    [{ stop: {} }, 'stop: must have a metric with its half_width, or budget_ms'],
    [{ stop: { metric: 'payof', half_width: 1 } }, 'stop.metric: "payof" is none of the metrics', '"payoff"?'],
    [{ stop: { metric: 'payoff' } }, 'stop: must have one of half_width and relative_half_width'],
    [{ stop: { metric: 'payoff', half_width: 1, relative_half_width: 1 } }, 'stop: must have one of half_width'],
    [{ stop: { half_width: 1 } }, 'stop.metric: is missing'],
    [{ stop: { budget_ms: 5, confidence: 0.9 } }, 'stop.confidence: needs a metric'],
    [{ stop: { metric: 'payoff', half_width: 1, confidence: 1 } }, 'stop.confidence: must be'],
    [
      { stop: { metric: 'payoff', half_width: 1, min_replications: 5 } },
      'stop.min_replications: must be at most the 1',
    ],
    [{ design: { method: 'grid' } }, 'design.parameters: is missing'],
    [{ design: { method: 'grid', samples: 3, parameters: { a: { values: [1] } } } }, 'design.samples: does not apply'],
    [
      { design: { method: 'grid', csv: 'x', parameters: { a: { values: [1] } } } },
      'design.csv: does not apply to grid',
    ],
    [
      { design: { method: 'grid', parameters: { a: { uniform: [0, 1] } } } },
      'design.parameters.a.uniform: does not apply',
    ],
    [
      { design: { method: 'grid', parameters: { a: {} } } },
      'design.parameters.a: must be one of linspace, values, but says',
    ],
    [
      { design: { method: 'grid', parameters: { a: { values: [] } } } },
      'design.parameters.a.values: must not be empty',
    ],
    [
      { design: { method: 'grid', parameters: { a: { linspace: [0, 1] } } } },
      'design.parameters.a.linspace: must be [first',
    ],
    [
      { design: { method: 'sobol', samples: 2, parameters: { a: { uniform: [0, 1], normal: [0, 1] } } } },
      'design.parameters.a: must be one of uniform, log_uniform, normal, integer, choice, but has',
    ],
    [{ design: { method: 'sobol', parameters: { a: { uniform: [0, 1] } } } }, 'design.samples: is missing'],
    [{ design: { method: 'random', samples: 2, parameters: { a: { uniform: [2, 1] } } } }, 'a.uniform: must rise'],
    [
      { design: { method: 'random', samples: 2, parameters: { a: { log_uniform: [0, 1] } } } },
      'a.log_uniform: must be above 0',
    ],
    [
      { design: { method: 'random', samples: 2, parameters: { a: { normal: [0, -1] } } } },
      'a.normal: must have a standard',
    ],
    [
      {
        design: {
          method: 'sobol',
          samples: 2,
          parameters: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`p${at}`, { uniform: [0, 1] }])),
        },
      },
      'design.parameters: are 65, more than the 64',
    ],
    [{ design: { method: 'list' } }, 'design: must have one of points, csv, jsonl, but has none'],
    [{ design: { method: 'list', points: [] } }, 'design.points: must not be empty'],
    [{ design: { method: 'list', points: [{}], parameters: {} } }, 'design.parameters: does not apply to list'],
    [{ design: { method: 'list', csv: 'absent.csv' } }, 'design.csv: cannot be read: absent.csv does not exist'],
    [{ design: { method: 'list', csv: 'empty' } }, 'design: has no point'],
    [{ design: { method: 'list', csv: 'torn' } }, 'design.csv: cannot be read: Invalid Record Length'],
    [{ design: { method: 'list', csv: 'twice' } }, 'design.csv: cannot be read: its header has "a" twice'],
    [{ design: { method: 'list', jsonl: 'torn' } }, 'design.jsonl: cannot be read: line 1 is no JSON'],
    [{ design: { method: 'list', jsonl: 'numbers' } }, 'design.jsonl: cannot be read: line 1 is no object'],
    [{ design: { method: 'list', jsonl: 'hostile' } }, 'design.jsonl: [0].__proto__: must not be named __proto__'],
    [{ shared: { closes: { csv: 'twice', column: 'c' } } }, 'shared.closes: cannot be read'],
    [{ shared: { closes: { csv: 'text', column: 'close' } } }, 'row 1 of column close has "n/a", which is no number'],
    [{ shared: { closes: { csv: 'text', column: 'date' } } }, 'it has no column "date", only close'],
    [JSON.parse('{"data":{"__proto__":1}}') as object, 'data.__proto__: must not be named __proto__'],
    [
      { replications: 2 ** 50, design: { method: 'random', samples: 1_000, parameters: { a: { uniform: [0, 1] } } } },
      'more than 2^53 - 1',
    ],
    [
      { design: { method: 'sobol', samples: 2 ** 30, parameters: { a: { uniform: [0, 1] } } } },
      'design: has 1073741824 points, and can have at most 1000000',
    ],
    [
      { design: { method: 'random', samples: 2, parameters: { a: { normal: [0, 1e308] } } } },
      'a.normal: reaches beyond the greatest number',
    ],
    [{ prepare: { service_id: 'a', into: '__proto__' } }, 'prepare.into: must not be named __proto__'],
  ])('says what is wrong with %j', (written, ...messages) => {
    const files = {
      empty: 'a,b\n',
      torn: 'a,b\n1\n',
      twice: 'a,a\n1,2\n',
      numbers: '1',
      hostile: '{"__proto__":{"a":1}}',
      text: 'close\nn/a\n',
    }
    const problems = problemsOf({ service_id: 'a', metrics, ...written }, files)
    const lines = problems.map(({ path, message }) => `${path}: ${message}`).join('\n')
    for (const message of messages) expect(lines).toContain(message)
    expect(problems).toHaveLength(1)
  })
})
