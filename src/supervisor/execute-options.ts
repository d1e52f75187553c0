import type { ExecuteOptions } from '../contract/options.ts'

// The longest time a timer of Node's can wait.
const MAX_MS = 2 ** 31 - 1

/** Refuses options that are the caller's own mistake, before anything is done with them. */
export function checkExecuteOptions(options: ExecuteOptions): void {
  checkTime('timeoutMs', options.timeoutMs)
  checkTime('deadlineMs', options.deadlineMs)
  checkSignal(options.signal)
  checkCallback('onProgress', options.onProgress)
}

/** Refuses a limit for closing that a timer would not keep; 0 cuts off at once. */
export function checkCloseOptions(options: { readonly timeoutMs?: number }): void {
  if (options.timeoutMs !== 0) checkTime('timeoutMs', options.timeoutMs)
}

export function checkSignal(signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError('signal must be an AbortSignal')
}

export function checkCallback(name: string, callback: unknown): void {
  if (callback !== undefined && typeof callback !== 'function') throw new TypeError(`${name} must be a function`)
}

function checkTime(name: string, value: unknown): void {
  if (value === undefined) return
  if (typeof value !== 'number' || !(value > 0 && value <= MAX_MS)) {
    throw new RangeError(`${name} must be a number of milliseconds above 0 and at most ${MAX_MS}`)
  }
}
