import type { ExperimentHost, Replay } from '../contract/experiment-host.ts'
import { EXPERIMENT, type SliceContext } from '../contract/experiment-slice.ts'
import { TroupeError } from '../contract/errors.ts'
import { toSharedMemory } from '../kernel/to-shared-memory.ts'
import { blockAt, blockOfRun, runsOf } from '../numerics/run-layout.ts'
import { createRunContexts } from '../numerics/run-contexts.ts'
import { componentHashes } from './component-files.ts'
import type { JournalHeader } from './journal/journal-entry.ts'
import { type Journal, openJournal } from './journal/journal-reader.ts'
import { readShared } from './read-shared.ts'

let replays = 0

/** Runs one run of an experiment again, alone; see `Supervisor.replay`. */
export async function replayRun(host: ExperimentHost, folder: string, run: number): Promise<Replay> {
  const journal = await openJournal(folder)
  if (journal === undefined) {
    const message = `Folder ${folder} holds no run; give the one that the run was written to`
    throw new TroupeError('RUN_NOT_FOUND', message, { details: { folder } })
  }
  const { header } = journal
  const { plan, digest, prepared } = header
  const count = runsOf(plan.layout)
  if (!Number.isSafeInteger(run) || run < 0 || run >= count)
    throw new RangeError(`The experiment has runs 0 to ${count - 1}, not ${run}`)
  const { columns, warnings } = await readShared(header)
  const key = `${digest}#replay${++replays}`
  const context = createRunContexts(plan, digest, prepared)(run)
  host.share(key, {
    plan,
    digest,
    columns: new Map([...columns].map(([name, column]) => [name, toSharedMemory(column) as Float64Array])),
    prepared,
    slowest: 0,
  })
  try {
    const recorded = await recordOf(journal, run)
    const outcome = await execute(host, { ...context, [EXPERIMENT]: key })
    return {
      context,
      ...outcome,
      ...(recorded !== undefined && { recorded }),
      warnings: [...warnings, ...changesOf(host, header)],
    }
  } finally {
    host.share(key, undefined)
  }
}

/** As the run was computed: beneath supervisor-side middleware, which was around the experiment, and tried once. */
async function execute(host: ExperimentHost, context: SliceContext): Promise<Pick<Replay, 'result' | 'error'>> {
  const outcome = await host.runSlice(context, new AbortController().signal)
  return outcome.ok ? { result: outcome.value } : { error: outcome.error }
}

/** What the journal has of a run, if it has its block's rows; null if it failed. */
async function recordOf(journal: Journal, run: number): Promise<Replay['recorded']> {
  const { plan } = journal.header
  const index = blockOfRun(plan.layout, run)
  const { from } = blockAt(plan.layout, index)
  let found: Replay['recorded']
  for await (const entry of journal.entries()) {
    if (entry.type === 'end' || entry.block.index !== index) continue
    const { rows, failures } = entry.block
    if (failures.some((failure) => failure.run === run)) found = null
    else if (rows) found = Object.fromEntries(plan.metrics.map(({ name }, at) => [name, rows[at]![run - from]!]))
  }
  return found
}

/** What the numbers depend on that is not as it was. */
function changesOf(host: ExperimentHost, { plan, files }: JournalHeader): string[] {
  const services = [plan.serviceId, ...(plan.prepare ? [plan.prepare.serviceId] : [])]
  const now = componentHashes(host.plan, services)
  return Object.keys({ ...now })
    .filter((name) => files[name] !== now[name])
    .map((name) => `${name} has changed since the run`)
}
