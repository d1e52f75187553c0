import type { ExperimentHost } from '../contract/experiment-host.ts'
import type { RunOptions } from '../contract/experiment-options.ts'
import type { ExperimentSetup } from '../contract/experiment-slice.ts'
import type { ExperimentSummary, StopReport } from '../contract/experiment-summary.ts'
import { TroupeError } from '../contract/errors.ts'
import { describeThrown } from '../kernel/thrown.ts'
import { toSharedMemory } from '../kernel/to-shared-memory.ts'
import type { BlockRecord } from '../numerics/block-record.ts'
import { BlockRun } from './block-run.ts'
import { countedBlocks } from './counted-blocks.ts'
import { ExperimentReduction } from './experiment-reduction.ts'
import { FailedRuns } from './failed-runs.ts'
import type { JournalEntry, JournalHeader } from './journal/journal-entry.ts'
import { openJournal } from './journal/journal-reader.ts'
import { JournalWriter } from './journal/journal-writer.ts'
import type { LoadedExperiment } from './load-experiment.ts'
import { prepare } from './prepare.ts'
import { ProgressMeter } from './progress-meter.ts'
import { type RunFolder, checkUnchanged } from './run-folder.ts'
import { SliceQueue } from './slice-queue.ts'
import { windowOf } from './slice-window.ts'
import { StopWatch } from './stop-watch.ts'
import { summarise } from './summarise.ts'

const MOST_SLOW_OF_A_BLOCK = 3
// What was computed and is not on the disk: beyond it, workers wait for the disk.
const MOST_PENDING = 16 * 1024 * 1024

/** What a run is made of. */
export interface RunParts {
  readonly host: ExperimentHost
  /** What the journal begins with if it is begun now. */
  readonly header: JournalHeader
  readonly loaded: LoadedExperiment
  readonly options: RunOptions
  /** Ends the run before its time. */
  readonly stop: AbortSignal
  readonly workers: number
  readonly environment: ExperimentSummary['environment']
}

type BlockEntry = Exclude<JournalEntry, { readonly type: 'end' }>

let runs = 0

/** One run of an experiment, from what an earlier one has left to its outputs. */
export class ExperimentRun {
  readonly #parts: RunParts
  readonly #folder: RunFolder | undefined
  readonly #key: string
  readonly #reduction: ExperimentReduction
  readonly #failedRuns: FailedRuns
  /** Whether this run goes on by force, and whether an earlier one did and has left blocks. */
  readonly #isForced: boolean
  #wasForced = false
  /** The first that could not be written. */
  #writeError: unknown
  #writer: JournalWriter | undefined
  #elapsedBefore = 0
  /** Runs of blocks that are there from before. */
  #runsBefore = 0
  #meter: ProgressMeter | undefined
  #isOverBudget = false
  readonly #startedAt = performance.now()

  constructor(parts: RunParts, folder: RunFolder | undefined) {
    const { header, options, loaded } = parts
    const earlier = folder?.journal?.header
    this.#isForced = earlier !== undefined && checkUnchanged(earlier, header, folder!.path, options.force === true)
    this.#parts = parts
    this.#folder = folder
    this.#key = `${header.digest}#${++runs}`
    this.#reduction = new ExperimentReduction(loaded.plan)
    this.#failedRuns = new FailedRuns(loaded.plan, options.failedOnly === true)
  }

  async run(): Promise<ExperimentSummary> {
    const { host, loaded, header } = this.#parts
    const journal = this.#folder?.journal
    for (const warning of journal?.warnings ?? []) host.log.warn(warning)
    const ended = await this.#replayJournal()
    let begun: JournalHeader = journal?.header ?? header
    let stopped = ended
    const setup: ExperimentSetup = {
      plan: loaded.plan,
      digest: begun.digest,
      columns: new Map([...loaded.shared].map(([name, column]) => [name, toSharedMemory(column) as Float64Array])),
      slowest: loaded.plan.outputs.includes('report.html') ? MOST_SLOW_OF_A_BLOCK : 0,
    }
    if (stopped === undefined) {
      try {
        if (journal === undefined) begun = await prepare(host, this.#key, setup, header, this.#parts.stop)
        await this.#openWriter(begun)
        host.share(this.#key, { ...setup, prepared: begun.prepared })
        stopped = await this.#compute(begun)
        await this.#writer?.append({ type: 'end', stopped })
        // Only now is all of it safe.
        this.#meter?.say(performance.now())
      } finally {
        host.share(this.#key, undefined)
        await this.#closeWriter()
      }
    }
    return await this.#finish(begun, stopped)
  }

  /** Takes in what an earlier run has left; how that ended, if it had. */
  async #replayJournal(): Promise<StopReport | undefined> {
    const { journal } = this.#folder ?? {}
    if (journal === undefined) return undefined
    let ended: StopReport | undefined
    const aside = new Map<number, BlockEntry>()
    for await (const entry of journal.entries()) {
      if (entry.type === 'end') ended = entry.stopped
      else {
        this.#elapsedBefore = Math.max(this.#elapsedBefore, entry.elapsedMs)
        if (entry.type === 'aside') aside.set(entry.block.index, entry)
        else {
          aside.delete(entry.block.index)
          this.#takeIn(entry)
        }
      }
    }
    for (const entry of aside.values()) this.#takeIn(entry)
    this.#isOverBudget = ended?.reason === 'budget'
    return this.#failedRuns.size > 0 ? undefined : ended
  }

  #takeIn({ block, isForced }: BlockEntry): void {
    if (this.#failedRuns.set(block)) return
    this.#wasForced ||= isForced === true
    this.#reduction.take(block)
    this.#runsBefore += block.runs
  }

  async #openWriter(header: JournalHeader): Promise<void> {
    if (this.#folder === undefined) return
    const { path, journal } = this.#folder
    if (journal === undefined) this.#writer = await JournalWriter.create(path, header)
    else if (this.#failedRuns.size === 0) this.#writer = await JournalWriter.resume(path, journal.end)
    else this.#writer = await this.#failedRuns.rewrite(path, journal)
  }

  async #closeWriter(): Promise<void> {
    try {
      await this.#writer?.close()
    } catch (error) {
      this.#writeError ??= error
    }
    if (this.#writeError !== undefined) throw this.#writeError
  }

  /** Computes what is missing, and says why it ended. */
  async #compute({ digest }: JournalHeader): Promise<StopReport> {
    const { host, loaded, options, stop, workers } = this.#parts
    const { plan } = loaded
    const reduction = this.#reduction
    // Where the budget was used before, failed runs are run again all the same, and nothing else.
    const isOver = this.#isOverBudget
    const watch = new StopWatch(stop, isOver ? undefined : plan.stop.budgetMs, this.#elapsedBefore)
    const now = () => performance.now()
    const { onProgress } = options
    const meter = onProgress && new ProgressMeter(plan, reduction, this.#runsBefore, this.#guarded(onProgress), now())
    this.#meter = meter
    const queue = new SliceQueue(plan.layout, reduction, isOver ? -Infinity : windowOf(plan), this.#failedRuns.blocks)
    const take = (block: BlockRecord): Promise<void> | undefined => {
      reduction.take(block)
      if (reduction.isComplete || reduction.cut !== undefined) watch.end()
      const safe = () => meter?.add(block.runs, now())
      if (this.#writer === undefined) {
        safe()
        return undefined
      }
      const forced = this.#isForced && ({ isForced: true } as const)
      const entry = { type: 'block', block, elapsedMs: this.#elapsedMs, ...forced } as const
      const written = this.#writer.append(entry).then(safe)
      written.catch((error: unknown) => {
        this.#writeError ??= error
        watch.end()
      })
      return this.#writer.bytesPending > MOST_PENDING ? written.catch(() => {}) : undefined
    }
    const failed = (error: unknown) => watch.giveUp(error)
    const blocks = new BlockRun({ host, plan, digest, key: this.#key, queue, workers, take, failed })
    for (const { from, part } of this.#failedRuns.parts()) blocks.takePart(from, part)
    queue.giveBack(this.#failedRuns.slices())
    try {
      await blocks.run(watch.stop, watch.kill)
    } finally {
      watch.close()
    }
    if (this.#writeError !== undefined) throw this.#writeError
    const endReason = () => (isOver && !watch.stop.aborted ? 'budget' : watch.reason)
    const reason = reduction.cut !== undefined ? 'max_failures' : reduction.isComplete ? 'complete' : endReason()
    if (reason === 'cancelled') {
      await this.#closeWriter()
      throw cancelled(stop, this.#folder)
    }
    const report: StopReport = { reason, block: reduction.block, elapsed_ms: Math.round(this.#elapsedMs) }
    if (reason === 'budget') reduction.sumUpRest()
    return report
  }

  /** A callback of the program's as one that disturbs nothing: what it throws is logged. */
  #guarded(callback: NonNullable<RunOptions['onProgress']>): NonNullable<RunOptions['onProgress']> {
    return (progress) => {
      try {
        callback(progress)
      } catch (error) {
        this.#parts.host.log.error({ error: describeThrown(error) }, 'A progress callback failed')
      }
    }
  }

  get #elapsedMs(): number {
    return this.#elapsedBefore + performance.now() - this.#startedAt
  }

  /** Writes the outputs from the journal. */
  async #finish(header: JournalHeader, stopped: StopReport): Promise<ExperimentSummary> {
    const { loaded, environment } = this.#parts
    const { plan } = loaded
    const reduction = this.#reduction
    if (stopped.reason === 'budget') reduction.sumUpRest()
    const { digest, name, prepared } = header
    const identity = { name, plan, digest, prepared, isForced: this.#isForced || this.#wasForced }
    const summary = summarise(identity, reduction, stopped, environment)
    if (this.#folder === undefined) return summary
    const journal = (await openJournal(this.#folder.path))!
    const { pictures, slowest, listed: failures } = reduction
    const blocks = () => countedBlocks(journal.entries(), plan.layout, (point) => reduction.countedBlocks(point))
    const { writeOutputs } = await import('./outputs/write-outputs.ts')
    await writeOutputs(this.#folder.path, { plan, summary, pictures, slowest, failures }, blocks)
    return summary
  }
}

function cancelled({ reason }: AbortSignal, folder: RunFolder | undefined): TroupeError {
  if (reason instanceof TroupeError) return reason
  const kept = folder === undefined ? 'nothing of it is kept' : `what was computed is in ${folder.path}, to be resumed`
  return new TroupeError('CANCELLED', `The experiment was ended before its time; ${kept}`, {
    outcome: 'unknown',
    cause: reason,
  })
}
