import type { Context } from '../src/component.ts'
import type { Workload } from './shapes/compile-shape.ts'

/** What a context of pure computation carries: a fixed number of iterations, so that a busy machine does no less. */
export interface SpinInput {
  readonly iterations: number
  readonly start: number
}

/**
 * A chain of dependent integer operations: nothing in it can be left out, and nothing of it allocates. Each is cut to 32
 * bits by itself: whether a sum ever left them, which V8 learns at random, would make its code up to three times slower.
 */
export function spin(iterations: number, start: number): number {
  let hash = start | 0
  for (let iteration = 0; iteration < iterations; iteration++) {
    hash = (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + iteration) | 0
    hash ^= hash << 7
  }
  return hash
}

const starts = 16

// Few pairs occur, so that checking a result costs a look-up and not the computation.
const expected = new Map<number, number>()

function expectedHash({ iterations, start }: SpinInput): number {
  const key = iterations * starts + start
  let hash = expected.get(key)
  if (hash === undefined) expected.set(key, (hash = spin(iterations, start)))
  return hash
}

/** Computes what contexts of so many iterations must return, ahead of the clock. */
export function expectSpins(iterations: number): void {
  for (let start = 0; start < starts; start++) expectedHash({ iterations, start })
}

/** Pure computation. */
export const spinning: Workload = {
  name: 'spin',
  contextAt: (index) => spinContext(index, 1_000),
  run: (context) => {
    const { iterations, start } = context.data as SpinInput
    return { request_id: context.request_id, hash: spin(iterations, start), status: 'success' }
  },
  accepts: (context, value) => {
    const { request_id: id, hash, status } = value as Readonly<Record<string, unknown>>
    return id === context.request_id && status === 'success' && hash === expectedHash(context.data as SpinInput)
  },
  refusal: () => undefined,
}

/** A context of that many iterations. */
export function spinContext(index: number, iterations: number): Context {
  return {
    service_id: 'spin',
    request_id: `req-${index}`,
    data: { iterations, start: index % starts } satisfies SpinInput,
  }
}

let perMillisecond: number | undefined

/** How many iterations this machine does in a millisecond, in calls like those of contexts: the median of several tries. */
export function iterationsPerMillisecond(): number {
  if (perMillisecond !== undefined) return perMillisecond
  const [calls, iterations] = [100, 20_000]
  let hash = 0
  const tries = Array.from({ length: 29 }, () => {
    const started = performance.now()
    for (let call = 0; call < calls; call++) hash ^= spin(iterations, call % starts)
    return (calls * iterations) / (performance.now() - started)
  })
  if (hash === 0.5) throw new Error('A 32-bit integer was none')
  // The first ones ran before V8 had made its best of it.
  const rates = tries.slice(-9).sort((a, b) => a - b)
  return (perMillisecond = Math.round(rates[4]!))
}
