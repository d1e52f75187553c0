import type { Plan } from '../contract/plan.ts'
import type { Lasting } from './lasting.ts'
import { Runtime } from './runtime.ts'
import { untilAborted } from './until-aborted.ts'

/**
 * Makes and starts the runtime of a plan. Where that fails, or `signal` aborts first, nothing of it is left.
 *
 * @throws {TroupeError} As `Supervisor.start` says, and the signal's: see `untilAborted`.
 */
export async function openRuntime(plan: Promise<Plan>, lasting: Lasting, signal?: AbortSignal): Promise<Runtime> {
  const runtime = await untilAborted(Runtime.create(await untilAborted(plan, signal), lasting), signal)
  try {
    await untilAborted(runtime.start(), signal)
    return runtime
  } catch (error) {
    await runtime.close(0)
    throw error
  }
}
