import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** One line of a ledger: what a component wrote of itself, and when (milliseconds of the epoch). */
export interface LedgerEntry {
  readonly n: number
  readonly event: 'start' | 'end'
  readonly threadId: number
  readonly at: number
}

/** What ran, as the components themselves tell it: a file that they append to, outside the runtime. */
export class Ledger {
  readonly path = join(mkdtempSync(join(tmpdir(), 'troupe-ledger-')), 'ledger.jsonl')

  constructor() {
    writeFileSync(this.path, '')
  }

  get entries(): LedgerEntry[] {
    const lines = readFileSync(this.path, 'utf8').split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LedgerEntry)
  }

  /** The numbers of the contexts that started, in order; one that started twice is there twice. */
  get started(): number[] {
    return this.entries.filter(({ event }) => event === 'start').map(({ n }) => n)
  }

  remove(): void {
    rmSync(dirname(this.path), { recursive: true, force: true })
  }
}
