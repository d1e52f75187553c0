import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { numbersOf, readCsv } from './csv-table.ts'
import { hashOf } from './experiment-digest.ts'
import type { JournalHeader } from './journal/journal-entry.ts'

/** The shared columns of an experiment that ran before, from its files as they are now; what differs is a warning. */
export async function readShared({ plan, source, files }: JournalHeader): Promise<{
  readonly columns: ReadonlyMap<string, Float64Array>
  readonly warnings: readonly string[]
}> {
  const folder = source === undefined ? process.cwd() : dirname(source)
  const columns = new Map<string, Float64Array>()
  const warnings: string[] = []
  for (const [name, { csv, column }] of Object.entries(plan.shared)) {
    try {
      const bytes = await readFile(resolve(folder, csv))
      if (hashOf(bytes) !== files[csv]) warnings.push(`${csv} has changed since the run`)
      columns.set(name, numbersOf(readCsv(bytes), column))
    } catch (error) {
      warnings.push(`Shared ${name} is not there: ${(error as Error).message}`)
    }
  }
  return { columns, warnings }
}
