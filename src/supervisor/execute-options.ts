import type { RunOptions } from '../contract/experiment-options.ts'
import type { ExecuteOptions, ManyOptions, StreamOptions } from '../contract/options.ts'
import { checkKnown } from './known-options.ts'

// Records, so that the compiler misses none.
const batchKeys = { signal: true, onProgress: true } satisfies Record<keyof ManyOptions, true>
const executeKeys = Object.keys({
  ...batchKeys,
  timeoutMs: true,
  deadlineMs: true,
} satisfies Record<keyof ExecuteOptions, true>)
const runKeys = Object.keys({
  ...batchKeys,
  out: true,
  resume: true,
  failedOnly: true,
  force: true,
} satisfies Record<keyof RunOptions, true>)
const manyKeys = Object.keys(batchKeys)
const streamKeys = Object.keys({ ...batchKeys, ordered: true } satisfies Record<keyof StreamOptions, true>)

/** The options of who gives none. */
export const NO_OPTIONS = Object.freeze({})

// The longest time a timer of Node's can wait.
const MAX_MS = 2 ** 31 - 1

/** Refuses options that are the caller's own mistake, before anything is done with them. */
function checkExecuteOptions(options: ExecuteOptions): void {
  if (options === NO_OPTIONS) return
  if (!hasOnlyKnown(options)) checkKnown(options, executeKeys, 'execute')
  checkTime('timeoutMs', options.timeoutMs)
  checkTime('deadlineMs', options.deadlineMs)
  checkSignal(options.signal)
  checkCallback('onProgress', options.onProgress)
}

/** As `checkExecuteOptions`, for who makes promises: `false` where the complaint went to `reject`. */
export function checkOrReject(options: ExecuteOptions, reject: (complaint: unknown) => void): boolean {
  try {
    checkExecuteOptions(options)
    return true
  } catch (complaint) {
    reject(complaint)
    return false
  }
}

/** Whether there is nothing to complain about, at 10 ns a call, which a lookup in a list would double. */
function hasOnlyKnown(options: ExecuteOptions): boolean {
  if (typeof options !== 'object' || options === null) return false
  for (const key in options) {
    if (key !== 'signal' && key !== 'timeoutMs' && key !== 'deadlineMs' && key !== 'onProgress') return false
  }
  return true
}

/** As `checkExecuteOptions`, for `executeMany`. */
export function checkManyOptions(options: ManyOptions, contexts: unknown): void {
  if (options !== NO_OPTIONS) checkBatch(options)
  if (!Array.isArray(contexts)) throw new TypeError('executeMany needs an array of contexts; stream takes any iterable')
}

function checkBatch(options: ManyOptions): void {
  checkKnown(options, manyKeys, 'executeMany')
  checkSignal(options.signal)
  checkCallback('onProgress', options.onProgress)
}

/** As `checkExecuteOptions`, for `stream`. */
export function checkStreamOptions(options: StreamOptions, source: unknown): void {
  if (options !== NO_OPTIONS) checkStream(options)
  if (Symbol.asyncIterator in Object(source) || Symbol.iterator in Object(source)) return
  throw new TypeError('stream needs an iterable or an async iterable of contexts')
}

function checkStream(options: StreamOptions): void {
  checkKnown(options, streamKeys, 'stream')
  checkSignal(options.signal)
  checkCallback('onProgress', options.onProgress)
  if (options.ordered !== undefined && typeof options.ordered !== 'boolean') {
    throw new TypeError('ordered must be true or false')
  }
}

/** As `checkExecuteOptions`, for `run`. */
export function checkRunOptions(options: RunOptions, experiment: unknown): void {
  if (typeof experiment !== 'string' && (typeof experiment !== 'object' || experiment === null))
    throw new TypeError('run needs an experiment: the path of its file, or an object of the same form')
  if (options === NO_OPTIONS) return
  checkKnown(options, runKeys, 'run')
  checkSignal(options.signal)
  checkCallback('onProgress', options.onProgress)
  if (options.out !== undefined && (typeof options.out !== 'string' || options.out === ''))
    throw new TypeError('out must be the path of a folder')
  for (const key of ['resume', 'failedOnly', 'force'] as const) {
    if (options[key] === undefined) continue
    if (typeof options[key] !== 'boolean') throw new TypeError(`${key} must be true or false`)
    if (options[key] && options.out === undefined) throw new TypeError(`${key} needs out, the folder of the run`)
    if (options[key] && options.resume !== true) throw new TypeError(`${key} needs resume`)
  }
}

/** Refuses a limit for closing that a timer would not keep; 0 cuts off at once. */
export function checkCloseOptions(options: { readonly timeoutMs?: number }): void {
  checkKnown(options, ['timeoutMs'], 'close')
  if (options.timeoutMs !== 0) checkTime('timeoutMs', options.timeoutMs)
}

/** Refuses a signal that is none. */
export function checkSignal(signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError('signal must be an AbortSignal')
}

function checkCallback(name: string, callback: unknown): void {
  if (callback !== undefined && typeof callback !== 'function') throw new TypeError(`${name} must be a function`)
}

function checkTime(name: string, value: unknown): void {
  if (value === undefined) return
  if (typeof value !== 'number' || !(value > 0 && value <= MAX_MS)) {
    throw new RangeError(`${name} must be a number of milliseconds above 0 and at most ${MAX_MS}`)
  }
}
