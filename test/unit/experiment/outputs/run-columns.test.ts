import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runColumns } from '../../../../src/experiment/outputs/run-columns.ts'
import { writeOutputs } from '../../../../src/experiment/outputs/write-outputs.ts'
import { parseExperiment } from '../../../../src/experiment/parse-experiment.ts'
import { runExample } from './example-result.ts'

const columnsOf = (design: object, metrics: object = { price: ['mean'] }) =>
  runColumns(parseExperiment({ service_id: 'a', metrics, design }, () => new Uint8Array()).plan)

describe('runColumns', () => {
  test('loses no column to another of its name', () => {
    const points = [{ run: 1, price: 2, 'parameter.run': 3, error: 4, strike: 5 }]
    const { parameters, metrics } = columnsOf({ method: 'list', points }, { price: ['mean'], point: ['mean'] })
    expect(metrics).toEqual(['price', 'metric.point'])
    expect(parameters.map(({ column }) => column)).toEqual([
      'parameter.run',
      'parameter.price',
      'parameter.parameter.run',
      'parameter.error',
      'strike',
    ])
  })

  test.each([
    [[1, 2.5], 'number'],
    [[1, null], 'number'],
    [[true, false], 'boolean'],
    [['a', 'b'], 'text'],
    [[1, 'a'], 'text'],
    [[1, true], 'text'],
    [[{ a: 1 }], 'text'],
    [[null], 'text'],
  ])('gives a parameter with the values %j the type %s', (values, type) => {
    expect(columnsOf({ method: 'grid', parameters: { a: { values } } }).parameters[0]?.type).toBe(type)
    const points = values.map((a) => ({ a }))
    expect(columnsOf({ method: 'list', points: [{ b: 1 }, ...points] }).parameters[1]?.type).toBe(type)
    const sampled = { method: 'random', samples: 3, parameters: { a: { choice: values }, b: { normal: [0, 1] } } }
    expect(columnsOf(sampled).parameters.map((column) => column.type)).toEqual([type, 'number'])
  })
})

describe('columns of parameters', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'troupe-columns-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const hostile = [
    '=1+1',
    '+1',
    '-1',
    '@a',
    '\t=1',
    "'quoted",
    '＝1',
    'a,b',
    'say "hi"',
    'two\r\nlines',
    ' spaced ',
    '',
    '𝒳 ÿ',
  ]
  const outputs = ['runs.jsonl', 'runs.csv', 'runs.parquet']

  async function written(points: object[]): Promise<{ jsonl: unknown[]; csv: string[][]; parquet: unknown[] }> {
    const design = { method: 'list', points }
    const example = runExample({ service_id: 'a', metrics: { x: ['mean'] }, design, outputs }, () => [-0.5])
    await writeOutputs(folder, example.result, example.iterate)
    const lines = (await readFile(join(folder, 'runs.jsonl'), 'utf8')).trimEnd().split('\n')
    return {
      jsonl: lines.map((line) => JSON.parse(line) as unknown),
      csv: parse(await readFile(join(folder, 'runs.csv'))) as string[][],
      parquet: await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, 'runs.parquet')) }),
    }
  }

  test('hold any text; of CSV, none that a spreadsheet would run', async () => {
    const { jsonl, csv, parquet } = await written(hostile.map((text) => ({ text, '=name': 1 })))
    expect(jsonl).toEqual(hostile.map((text) => expect.objectContaining({ text, '=name': 1, x: -0.5 })))
    expect(parquet).toEqual(hostile.map((text) => expect.objectContaining({ text, '=name': 1, x: -0.5 })))
    expect(csv[0]).toEqual(['run', 'point', 'replication', 'text', "'=name", 'x', 'error'])
    const cells = csv.slice(1).map((row) => row[3]!)
    for (const cell of cells) expect(cell).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/)
    // One apostrophe away, and the text is back.
    expect(cells.map((cell) => cell.replace(/^'/, ''))).toEqual(hostile)
    expect(csv[1]![5]).toBe('-0.5')
  })

  test('hold objects and mixed values as text where columns have a type, and as they are in JSON', async () => {
    const values = [{ a: [1] }, [1, 2], 'text', 1.5, true, null]
    const { jsonl, csv, parquet } = await written([...values.map((value) => ({ value })), { other: 1 }])
    const texts = ['{"a":[1]}', '[1,2]', 'text', '1.5', 'true']
    expect(jsonl.map((row) => (row as { value: unknown }).value)).toEqual([...values, null])
    expect(csv.slice(1).map((row) => row[3])).toEqual([...texts, '', ''])
    expect(parquet.map((row) => (row as { value: unknown }).value)).toEqual([...texts, null, null])
    expect(parquet.map((row) => (row as { other: unknown }).other)).toEqual([...values.map(() => null), 1])
  })
})
