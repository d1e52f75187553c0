import { serialize } from 'node:v8'
import type { ExperimentHost } from '../contract/experiment-host.ts'
import { TroupeError } from '../contract/errors.ts'
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
  const prepared = await host.execute(context, signal)
  checkLasting(prepared, step.serviceId, context.request_id)
  return { ...header, prepared }
}

/** What workers can share need not be what a journal can keep: memory that is shared is not. */
function checkLasting(prepared: unknown, serviceId: string, requestId: string): void {
  try {
    serialize(prepared)
  } catch (cause) {
    const message = `What ${serviceId} prepared cannot be kept: ${(cause as Error).message}; return plain values`
    throw new TroupeError('RESULT_NOT_SERIALIZABLE', message, { cause, serviceId, requestId })
  }
}
