import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlockRecord } from '../../numerics/block-record.ts'
import { type AtomicFile, writeAtomically } from '../atomic-file.ts'
import type { ExperimentResult } from '../experiment-result.ts'
import { CsvRows } from './csv-rows.ts'
import { FailureLines } from './failure-lines.ts'
import { JsonlRows } from './jsonl-rows.ts'
import { ParquetRows } from './parquet-rows.ts'
import { readableJson } from './readable-json.ts'
import { htmlReport } from './report/html-report.ts'
import { RunRowReader, type RowWriter } from './run-rows.ts'

/** What blocks are written to; each gets every block. */
interface BlockWriter {
  write(block: BlockRecord): Promise<void>
  end?(): Promise<void>
}

type OpenWriter = (file: AtomicFile) => Promise<BlockWriter>

/**
 * Writes the files that the experiment asked for, and `failures.jsonl` if a run failed. Each is there whole or not at
 * all. Blocks are read once, one at a time, and only if a file needs them.
 *
 * @param blocks Those that count, in their order.
 * @returns The paths of what was written.
 * @throws {TroupeError} `WRITE_FAILED`; `INPUT_CHANGED` where blocks lack the rows that a file is made of.
 */
export async function writeOutputs(
  folder: string,
  result: ExperimentResult,
  blocks: () => AsyncIterable<BlockRecord>,
): Promise<string[]> {
  const paths: string[] = []
  const ofBlocks: [path: string, open: OpenWriter][] = []
  const failures = join(folder, 'failures.jsonl')
  if (result.summary.failures.count > 0) ofBlocks.push([failures, openFailures(result)])
  // One from before a resume would tell of runs that have ended well since.
  else await rm(failures, { force: true })

  for (const output of result.plan.outputs) {
    const path = join(folder, output)
    const text = textOf(output, result, folder)
    if (text === undefined) ofBlocks.push([path, openRows(output, result)])
    else {
      await writeAtomically(path, async (file) => {
        for await (const piece of text) await file.write(piece)
      })
      paths.push(path)
    }
  }
  if (ofBlocks.length > 0) await writeBlocks(ofBlocks, [], blocks)
  return [...paths, ...ofBlocks.map(([path]) => path)]
}

/** Opens one file within another, so that one pass over the blocks writes all of them. */
async function writeBlocks(
  [next, ...rest]: readonly (readonly [path: string, open: OpenWriter])[],
  writers: readonly BlockWriter[],
  blocks: () => AsyncIterable<BlockRecord>,
): Promise<void> {
  if (next !== undefined) {
    const [path, open] = next
    return writeAtomically(path, async (file) => writeBlocks(rest, [...writers, await open(file)], blocks))
  }
  for await (const block of blocks()) for (const writer of writers) await writer.write(block)
  for (const writer of writers) await writer.end?.()
}

/** Outputs that are made of the result alone. */
function textOf(
  output: string,
  result: ExperimentResult,
  folder: string,
): Iterable<string> | AsyncIterable<string> | undefined {
  if (output === 'summary.json') return readableJson(result.summary)
  return output === 'report.html' ? htmlReport(result, folder) : undefined
}

function openFailures(result: ExperimentResult): OpenWriter {
  return async (file) => new FailureLines(file, result)
}

function openRows(output: string, { plan, summary }: ExperimentResult): OpenWriter {
  return async (file) => {
    const reader = new RunRowReader(plan)
    const rows = await openRowWriter(output, file, reader, {
      'troupe.experiment': summary.experiment.name,
      'troupe.digest': summary.digest,
      'troupe.numbers': summary.numbers,
    })
    return { write: (block) => rows.write(reader.read(block)), end: async () => rows.end?.() }
  }
}

async function openRowWriter(
  output: string,
  file: AtomicFile,
  { columns }: RunRowReader,
  notes: Readonly<Record<string, string>>,
): Promise<RowWriter> {
  switch (output) {
    case 'runs.jsonl':
      return new JsonlRows(file, columns)
    case 'runs.csv':
      return new CsvRows(file, columns)
    case 'runs.parquet':
      return ParquetRows.open(file, columns, notes)
    default:
      throw new RangeError(`There is no output ${JSON.stringify(output)}`)
  }
}
