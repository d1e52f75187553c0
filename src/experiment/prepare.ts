import type { ExperimentHost } from '../contract/experiment-host.ts'
import { EXPERIMENT, type ExperimentSetup } from '../contract/experiment-slice.ts'
import type { JournalHeader } from './journal/journal-entry.ts'

/** Runs the service that goes before all runs, if there is one; the header with what it gave. */
export async function prepare(
  host: ExperimentHost,
  key: string,
  setup: ExperimentSetup,
  header: JournalHeader,
  signal: AbortSignal,
): Promise<JournalHeader> {
  const { prepare: step, seed } = header.plan
  if (step === undefined) return header
  host.share(key, setup)
  const context = {
    service_id: step.serviceId,
    request_id: `${header.digest}/prepare`,
    seed,
    data: step.data,
    [EXPERIMENT]: key,
  }
  return { ...header, prepared: await host.execute(context, signal) }
}
