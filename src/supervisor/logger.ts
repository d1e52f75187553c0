import type { Log, LogLevel, LogThreshold } from '../contract/log.ts'
import { createLog } from '../kernel/create-log.ts'

type Fields = Readonly<Record<string, unknown>>

/** The supervisor's log and what it takes to end it. */
export interface Logger {
  readonly log: Log
  /** Writes a record that arose elsewhere, with the time at which it did. */
  write(level: LogLevel, time: number, fields: Fields, message: string): void
  /** Resolves when everything logged so far has been written. */
  flush(): Promise<void>
}

interface Written {
  readonly level: LogLevel
  readonly fields: Fields
  readonly message: string
}

/** A log over the caller's own, or over pino to stderr. pino takes its time to load, so the first record fetches it. */
export function createLogger(threshold: LogThreshold, own: Log | undefined): Logger {
  if (own) {
    const write = (level: LogLevel, fields: Fields, message: string) => own[level](fields, message)
    return {
      log: createLog(threshold, write),
      write: (level, time, fields, message) => write(level, { ...fields, at: time }, message),
      flush: () => Promise.resolve(),
    }
  }
  let pino: import('pino').Logger | undefined
  let loading: Promise<void> | undefined
  const early: Written[] = []
  const write = (level: LogLevel, fields: Fields, message: string) => {
    if (pino) {
      pino[level](fields, message)
      return
    }
    early.push({ level, fields, message })
    loading ??= loadPino().then((loaded) => {
      pino = loaded
      for (const one of early.splice(0)) loaded[one.level](one.fields, one.message)
    })
  }
  return {
    log: createLog(threshold, (level, fields, message) => write(level, { time: Date.now(), ...fields }, message)),
    write: (level, time, fields, message) => write(level, { ...fields, time }, message),
    flush: async () => await loading,
  }
}

async function loadPino(): Promise<import('pino').Logger> {
  const { default: pino } = await import('pino')
  // Records bring their own time: one from a worker is older than its writing.
  return pino({ level: 'trace', timestamp: false, base: null }, pino.destination({ dest: 2, sync: true }))
}
