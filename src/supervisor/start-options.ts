import { type LogThreshold, logLevels } from '../contract/log.ts'
import type { StartOptions } from '../contract/options.ts'
import { bareObject } from '../kernel/bare-object.ts'
import { nearestName } from '../kernel/nearest-name.ts'
import { checkSignal } from './execute-options.ts'
import { checkKnown } from './known-options.ts'

const startKeys = Object.keys({
  workers: true,
  engine: true,
  root: true,
  logger: true,
  logLevel: true,
  signal: true,
} satisfies Record<keyof StartOptions, true>)

const thresholds = [...Object.keys(logLevels), 'silent' satisfies LogThreshold]

/**
 * The caller's own options, with nothing inherited. What overrides the configuration is checked together with it.
 *
 * @throws {TypeError} An unknown option, log level, a logger that lacks methods, or a signal that is none.
 */
export function readStartOptions(given: StartOptions, of: 'start' | 'check'): StartOptions {
  checkKnown(given, startKeys, of)
  const options: StartOptions = Object.assign(bareObject(), given)
  checkLogger(options.logger)
  checkLevel(options.logLevel)
  checkSignal(options.signal)
  return options
}

function checkLogger(logger: unknown): void {
  if (logger === undefined) return
  if ((typeof logger !== 'object' && typeof logger !== 'function') || logger === null) {
    throw new TypeError('logger must be an object with a method for each level')
  }
  const levels = Object.keys(logLevels)
  const missing = levels.filter((level) => typeof (logger as Record<string, unknown>)[level] !== 'function')
  if (missing.length === 0) return
  throw new TypeError(`logger lacks the method ${missing.join(', ')}; it needs one for each of ${levels.join(', ')}`)
}

function checkLevel(level: unknown): void {
  if (level === undefined || thresholds.includes(level as string)) return
  const shown = typeof level === 'string' ? level : `a ${typeof level}`
  const nearest = nearestName(shown, thresholds)
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
  throw new TypeError(`logLevel must be one of ${thresholds.join(', ')}, but is ${shown}${hint}`)
}
