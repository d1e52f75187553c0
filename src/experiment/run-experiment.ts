import type { ExperimentHost } from '../contract/experiment-host.ts'
import type { RunOptions } from '../contract/experiment-options.ts'
import type { ExperimentSummary } from '../contract/experiment-summary.ts'
import { EXPERIMENT } from '../contract/experiment-slice.ts'
import { TroupeError } from '../contract/errors.ts'
import { componentHashes } from './component-files.ts'
import { environmentOf, troupeVersion } from './environment.ts'
import { experimentDigest } from './experiment-digest.ts'
import { ExperimentRun } from './experiment-run.ts'
import type { JournalHeader } from './journal/journal-entry.ts'
import { type LoadedExperiment, loadExperiment } from './load-experiment.ts'
import { openRunFolder } from './run-folder.ts'

/** Runs an experiment from its file to its outputs; see `Supervisor.run`. */
export async function runExperiment(
  host: ExperimentHost,
  experiment: string | object,
  options: RunOptions,
): Promise<ExperimentSummary> {
  throwIfAborted(options.signal)
  const loaded = await loadExperiment(experiment)
  const header = headerOf(host, loaded)
  const { plan } = loaded
  const { name } = loaded
  const { points, replications } = plan.layout
  const context = {
    service_id: plan.serviceId,
    request_id: header.digest,
    [EXPERIMENT]: header.digest,
    experiment: { name, seed: plan.seed, points, replications },
    data: plan.data,
  }
  const work = async (ended: AbortSignal) => {
    const stop = options.signal ? AbortSignal.any([ended, options.signal]) : ended
    const workers = workersOf(host, plan.serviceId)
    const parts = { host, header, loaded, options, stop, workers, environment: environmentOf(workers) }
    if (options.out === undefined) return await new ExperimentRun(parts, undefined).run()
    const folder = await openRunFolder(options.out, options)
    try {
      return await new ExperimentRun(parts, folder).run()
    } finally {
      await folder.release()
    }
  }
  // Middleware may answer in its place; what comes out is the caller's.
  return (await host.around(context, work, options.signal)) as ExperimentSummary
}

/** What a journal of this experiment begins with, but for what `prepare` gives. */
function headerOf(host: ExperimentHost, { plan, name, source, files }: LoadedExperiment): JournalHeader {
  const services = [plan.serviceId, ...(plan.prepare ? [plan.prepare.serviceId] : [])]
  const all = { ...files, ...componentHashes(host.plan, services) }
  return {
    digest: experimentDigest(plan, all),
    name,
    ...(source !== undefined && { source }),
    ...(host.source !== undefined && { services: host.source }),
    plan,
    files: all,
    environment: { troupe: troupeVersion(), node: process.version, arch: process.arch },
  }
}

function workersOf({ plan }: ExperimentHost, serviceId: string): number {
  const service = plan.services.find(({ id }) => id === serviceId)
  return plan.pools.find(({ name }) => name === service?.pool)?.workers ?? 1
}

/** @throws {TroupeError} `CANCELLED` */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return
  throw new TroupeError('CANCELLED', 'The experiment was ended before it began', { cause: signal.reason })
}
