import { type Log, type LogLevel, type LogMethod, type LogThreshold, logLevels } from '../contract/log.ts'

/** Receives one record that is at or above the threshold. */
export type LogSink = (level: LogLevel, fields: Readonly<Record<string, unknown>>, message: string) => void

const NO_FIELDS = Object.freeze({})

/** A log whose records go to `sink`; what lies below `threshold` costs one comparison. */
export function createLog(threshold: LogThreshold, sink: LogSink): Log {
  const least = thresholdNumber(threshold)
  const method =
    (level: LogLevel): LogMethod =>
    (first: string | Readonly<Record<string, unknown>>, message: string | undefined = '') => {
      if (logLevels[level] < least) return
      if (typeof first === 'object' && first !== null) sink(level, first, message)
      else sink(level, NO_FIELDS, String(first))
    }
  return {
    trace: method('trace'),
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    fatal: method('fatal'),
    isLevelEnabled: (level) => logLevels[level] >= least,
  }
}

/** The number of a threshold on pino's scale. */
export function thresholdNumber(threshold: LogThreshold): number {
  return threshold === 'silent' ? Infinity : logLevels[threshold]
}
