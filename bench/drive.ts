import type { Context } from '../src/component.ts'
import type { Outcome } from '../src/index.ts'
import type { Workload } from './shapes/compile-shape.ts'

/** Sends one context and promises its result. */
export type Execute = (context: Context) => PromiseLike<unknown>

/** Throws unless this is the right result. All sides are checked by these two, while the clock runs. */
export function checkValue(workload: Workload, context: Context, value: unknown): void {
  if (!workload.accepts(context, value)) {
    throw new Error(`A wrong result for ${JSON.stringify(context)}: ${JSON.stringify(value)}`)
  }
}

/** Throws unless this context was to fail with this error. */
export function checkError(workload: Workload, context: Context, error: unknown): void {
  const refusal = workload.refusal(context)
  if (refusal === undefined || !String((error as Error | undefined)?.message).includes(refusal)) {
    throw new Error(`A wrong error for ${JSON.stringify(context)}`, { cause: error })
  }
}

/** Checks what came of the contexts of a batch, in their order. */
export function checkOutcomes(workload: Workload, contexts: readonly Context[], outcomes: readonly Outcome[]): void {
  if (outcomes.length !== contexts.length)
    throw new Error(`${outcomes.length} outcomes for ${contexts.length} contexts`)
  for (let at = 0; at < contexts.length; at++) {
    const outcome = outcomes[at]!
    if (outcome.ok) checkValue(workload, contexts[at]!, outcome.value)
    else checkError(workload, contexts[at]!, outcome.error)
  }
}

/** Executes each context singly, `width` of them at any time, as loops that await one after another do. */
export async function keepInFlight(
  execute: Execute,
  workload: Workload,
  contexts: readonly Context[],
  width: number,
): Promise<void> {
  let next = 0
  const loop = async (): Promise<void> => {
    while (next < contexts.length) {
      const context = contexts[next++]!
      let value: unknown
      try {
        value = await execute(context)
      } catch (error) {
        checkError(workload, context, error)
        continue
      }
      checkValue(workload, context, value)
    }
  }
  await Promise.all(Array.from({ length: width }, loop))
}

/** Executes all at once and looks at the results when all are there: a batch, for a pool that has no call for one. */
export async function allAtOnce(execute: Execute, workload: Workload, contexts: readonly Context[]): Promise<void> {
  const settled = await Promise.allSettled(contexts.map((context) => execute(context)))
  for (let at = 0; at < contexts.length; at++) {
    const outcome = settled[at]!
    if (outcome.status === 'fulfilled') checkValue(workload, contexts[at]!, outcome.value)
    else checkError(workload, contexts[at]!, outcome.reason)
  }
}

/** The baseline: the function in a loop, on this thread. */
export function plainLoop(workload: Workload, contexts: readonly Context[]): void {
  for (const context of contexts) {
    let value: unknown
    try {
      value = workload.run(context)
    } catch (error) {
      checkError(workload, context, error)
      continue
    }
    checkValue(workload, context, value)
  }
}
