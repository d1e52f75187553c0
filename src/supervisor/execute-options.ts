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
