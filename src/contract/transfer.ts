interface Marks {
  readonly lists: WeakMap<object, readonly ArrayBuffer[]>
  /** Few programs transfer anything, and every context is asked for its mark. */
  inUse: boolean
}

// One for all copies of the package: a component's module and the worker may load two. Nobody's loop over the globals
// meets it.
const key = Symbol.for('troupe.transfers')
const globals = globalThis as unknown as Record<symbol, Marks | undefined>
if (globals[key] === undefined) {
  Object.defineProperty(globalThis, key, { value: { lists: new WeakMap(), inUse: false } satisfies Marks })
}
const marks = globals[key]!

/**
 * Marks a context, or a component's result, so that buffers of it are handed over to the other thread and not copied.
 * This side cannot use them any more once they have been sent; until then nothing has happened to them. Give `execute`,
 * or return, the very object that was marked: a copy of it has no mark, and is copied in full.
 *
 * A buffer can be handed over once. A list that cannot be handed over (a buffer that is detached, shared, that another
 * context under way hands over, or that is the pool behind small `Buffer`s) is the outcome of its context,
 * `INPUT_NOT_SERIALIZABLE`, or of its result, `RESULT_NOT_SERIALIZABLE`; nothing of the list is detached then.
 *
 * @param value The context or the result.
 * @param buffers Those to hand over; views have them as `buffer`.
 * @returns The same `value`.
 * @throws {TypeError} `value` is no object, or `buffers` no array.
 * @example
 * ```ts
 * import { Supervisor, transfer } from 'troupe'
 *
 * const supervisor = await Supervisor.start({ services: { echo: { module: 'troupe:echo', class: 'Echo' } } })
 * try {
 *   const paths = new Float64Array(1_000_000)
 *   await supervisor.execute(transfer({ service_id: 'echo', data: { paths } }, [paths.buffer]))
 *   console.log(paths.length) // 0: it lives in the worker now
 * } finally {
 *   await supervisor.close()
 * }
 * ```
 */
export function transfer<Value extends object>(value: Value, buffers: readonly ArrayBuffer[]): Value {
  if (typeof value !== 'object' || value === null) throw new TypeError('transfer needs an object, and its buffers')
  if (!Array.isArray(buffers)) throw new TypeError('transfer needs an array of ArrayBuffers as its second argument')
  marks.inUse = true
  marks.lists.set(value, Object.freeze([...new Set(buffers)]))
  return value
}

/** The buffers that `value` was marked with, whichever copy of the package marked it. */
export function transfersOf(value: unknown): readonly ArrayBuffer[] | undefined {
  return marks.inUse ? marks.lists.get(value as object) : undefined
}
