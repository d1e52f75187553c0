import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TroupeError } from '../../../../src/contract/errors.ts'
import { writeOutputs } from '../../../../src/experiment/outputs/write-outputs.ts'
import type { BlockRecord } from '../../../../src/numerics/block-record.ts'
import { type Example, type ExampleRun, europeanCall, gridExperiment, runExample } from './example-result.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'troupe-outputs-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

type Row = Record<string, unknown>

const textOf = (name: string) => readFile(join(folder, name), 'utf8')
const linesOf = async (name: string) =>
  (await textOf(name))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Row)
const csvRows = async () => parse(await textOf('runs.csv'), { columns: true }) as Record<string, string>[]
const parquetRows = async () =>
  (await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, 'runs.parquet')) })) as Row[]

/** Every seventh run fails. */
const withFailures: ExampleRun = (parameters, stream, run) =>
  run % 7 === 3
    ? { code: 'COMPONENT_FAILED', message: `No "price"\n, = ${run}` }
    : europeanCall(parameters, stream, run)

const write = ({ result, iterate }: Example) => writeOutputs(folder, result, iterate)

describe('writeOutputs', () => {
  test('writes summary.json: the summary, to the last digit', async () => {
    const example = runExample({ ...gridExperiment, outputs: ['summary.json'] }, europeanCall)
    expect(await write(example)).toEqual([join(folder, 'summary.json')])
    const text = await textOf('summary.json')
    expect(JSON.parse(text)).toEqual(example.result.summary)
    expect(text).toContain('\n      "parameters": { "strike": 80, "volatility": 0.1 },\n')
    expect(await readdir(folder)).toEqual(['summary.json'])
  })

  test('writes a row for each run that counts, the same in runs.jsonl, runs.csv and runs.parquet', async () => {
    const example = runExample(
      { ...gridExperiment, replications: 300, stop: { metric: 'payoff', half_width: 2, min_replications: 50 } },
      withFailures,
    )
    await write(example)
    const rows = await linesOf('runs.jsonl')
    const { points } = example.result.summary
    expect(rows.length).toBe(points.reduce((sum, { runs }) => sum + runs, 0))
    expect(rows.length).toBeLessThan(27 * 300)
    // Blocks beyond a stop leave a gap in the numbers of runs.
    expect(rows.filter(({ point }) => point === 26).map(({ run }) => run)).toEqual(
      Array.from({ length: points[26]!.runs }, (_, at) => 26 * 300 + at),
    )
    expect(Object.keys(rows[0]!)).toEqual([
      'run',
      'point',
      'replication',
      'strike',
      'volatility',
      'payoff',
      'price',
      'error',
    ])
    expect(rows[3]).toEqual({
      run: 3,
      point: 0,
      replication: 3,
      strike: 80,
      volatility: 0.1,
      payoff: null,
      price: null,
      error: 'COMPONENT_FAILED',
    })
    const computed = example.blocks.flatMap(({ rows: values }) => [...values![0]!])
    expect(rows.map(({ payoff }) => payoff)).toEqual(computed.map((value) => (Number.isNaN(value) ? null : value)))

    expect((await textOf('runs.csv')).split('\r\n')[0]).toBe(
      'run,point,replication,strike,volatility,payoff,price,error',
    )
    const numberOrNull = (cell: string | undefined) => (cell === '' ? null : Number(cell))
    const ofCsv = (await csvRows()).map(({ error, ...cells }) => ({
      ...Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, numberOrNull(cell)])),
      error: error === '' ? null : error,
    }))
    expect(ofCsv).toEqual(rows)

    const ofParquet = (await parquetRows()).map((row) => ({
      ...row,
      run: Number(row['run']),
      point: Number(row['point']),
      replication: Number(row['replication']),
    }))
    expect(ofParquet).toEqual(rows)
  })

  test('writes failures.jsonl with every failed run, though the result lists but the first', async () => {
    const example = runExample({ ...gridExperiment, replications: 300, outputs: ['summary.json'] }, (...args) =>
      args[2] === 3 ? { code: 'TIMEOUT', message: 'late', ended_by: 'clock' } : withFailures(...args),
    )
    expect(await write(example)).toContain(join(folder, 'failures.jsonl'))
    const lines = await linesOf('failures.jsonl')
    expect(lines.length).toBe(example.result.summary.failures.count)
    expect(lines.length).toBeGreaterThan(example.result.failures.length)
    expect(lines[0]).toMatchObject({ run: 3, code: 'TIMEOUT', message: 'late', ended_by: 'clock' })
    expect(lines[1]).toEqual({
      run: 10,
      request_id: `${example.result.summary.digest}/10`,
      point: 0,
      parameters: { strike: 80, volatility: 0.1 },
      code: 'COMPONENT_FAILED',
      message: 'No "price"\n, = 10',
    })
  })

  test('removes the failures.jsonl of an earlier part of the run once no run has failed', async () => {
    await writeFile(join(folder, 'failures.jsonl'), '{"run":1}\n')
    await write(runExample({ ...gridExperiment, replications: 10 }, europeanCall))
    expect((await readdir(folder)).toSorted()).toEqual(['runs.csv', 'runs.jsonl', 'runs.parquet', 'summary.json'])
  })

  test('reads the blocks once for all files, and not at all where none is made of them', async () => {
    const example = runExample({ ...gridExperiment, replications: 20 }, withFailures)
    let passes = 0
    const counted = () => {
      passes++
      return example.iterate()
    }
    await writeOutputs(folder, example.result, counted)
    expect(passes).toBe(1)
    const quiet = runExample({ ...gridExperiment, replications: 20, outputs: ['summary.json'] }, europeanCall)
    await writeOutputs(folder, quiet.result, counted)
    expect(passes).toBe(1)
  })

  test('keeps what was there before where the blocks cannot be read to their end', async () => {
    const example = runExample({ ...gridExperiment, replications: 40 }, withFailures)
    await write(example)
    const names = (await readdir(folder)).toSorted()
    const before = await Promise.all(names.map(textOf))
    const broken = new TroupeError('JOURNAL_CORRUPT', 'The journal is damaged at byte 4711')
    async function* half(): AsyncGenerator<BlockRecord> {
      yield* example.blocks.slice(0, 100)
      throw broken
    }
    await expect(writeOutputs(folder, example.result, half)).rejects.toBe(broken)
    expect((await readdir(folder)).toSorted()).toEqual(names)
    expect(await Promise.all(names.map(textOf))).toEqual(before)
  })

  test('says so where blocks were computed without rows', async () => {
    const example = runExample({ ...gridExperiment, outputs: ['runs.csv'], replications: 10 }, europeanCall)
    const bare = async function* () {
      for (const { rows: _, ...block } of example.blocks) yield block
    }
    await expect(writeOutputs(folder, example.result, bare)).rejects.toMatchObject({ code: 'INPUT_CHANGED' })
    expect(await readdir(folder)).toEqual([])
  })

  test('names the file that cannot be written', async () => {
    const example = runExample({ ...gridExperiment, replications: 10 }, europeanCall)
    const absent = join(folder, 'absent')
    await expect(writeOutputs(absent, example.result, example.iterate)).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringContaining(join(absent, 'summary.json')),
    })
  })

  test('writes files with columns but no rows where no block counts', async () => {
    const example = runExample(gridExperiment, europeanCall)
    await writeOutputs(folder, example.result, async function* () {})
    expect(await textOf('runs.csv')).toBe('run,point,replication,strike,volatility,payoff,price,error\r\n')
    expect(await parquetRows()).toEqual([])
    expect((await stat(join(folder, 'runs.jsonl'))).size).toBe(0)
  })
})

describe('runs.parquet', () => {
  test('has typed columns, nulls, several row groups and the digest', async () => {
    const example = runExample({ ...gridExperiment, replications: 8000, outputs: ['runs.parquet'] }, withFailures)
    await write(example)
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(join(folder, 'runs.parquet')))
    expect(metadata.num_rows).toBe(216_000n)
    expect(metadata.row_groups.map((group) => group.num_rows)).toEqual([131_072n, 84_928n])
    expect(metadata.schema.slice(1).map(({ name, type, repetition_type }) => [name, type, repetition_type])).toEqual([
      ['run', 'INT64', 'REQUIRED'],
      ['point', 'INT64', 'REQUIRED'],
      ['replication', 'INT64', 'REQUIRED'],
      ['strike', 'DOUBLE', 'OPTIONAL'],
      ['volatility', 'DOUBLE', 'OPTIONAL'],
      ['payoff', 'DOUBLE', 'OPTIONAL'],
      ['price', 'DOUBLE', 'OPTIONAL'],
      ['error', 'BYTE_ARRAY', 'OPTIONAL'],
    ])
    expect(metadata.key_value_metadata).toContainEqual({ key: 'troupe.digest', value: example.result.summary.digest })
    const rows = await parquetRows()
    expect(rows[150_000]).toMatchObject({ run: 150_000n, point: 18n, replication: 6000n, strike: 110, error: null })
    expect(rows[3]).toMatchObject({ payoff: null, error: 'COMPONENT_FAILED' })
  })
})
