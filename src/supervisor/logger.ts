import type { Log, LogLevel, LogTarget, LogThreshold } from '../contract/log.ts'
import { createLog } from '../kernel/create-log.ts'
import { isThenable } from '../kernel/thenable.ts'
import { describeThrown } from '../kernel/thrown.ts'

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
export function createLogger(threshold: LogThreshold, own: LogTarget | undefined): Logger {
  if (own) {
    const write = guarded(own)
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

/** Writes to the caller's own log. What that throws must not end what was to be logged; it is said once, as a warning. */
function guarded(own: LogTarget): (level: LogLevel, fields: Fields, message: string) => void {
  let warned = false
  const complain = (error: unknown) => {
    if (warned) return
    warned = true
    process.emitWarning(`The logger failed, and its record is lost: ${describeThrown(error).message}`, 'TroupeWarning')
  }
  return (level, fields, message) => {
    try {
      const written: unknown = own[level](fields, message)
      if (isThenable(written)) written.then(undefined, complain)
    } catch (error) {
      complain(error)
    }
  }
}

async function loadPino(): Promise<import('pino').Logger> {
  const { default: pino } = await import('pino')
  // Records bring their own time: one from a worker is older than its writing.
  const { err } = pino.stdSerializers
  // From a worker an error comes as plain fields, which pino's own serializer would call an "Object".
  const serializers = { err: (value: unknown) => (value instanceof Error ? err(value) : value) }
  return pino({ level: 'trace', timestamp: false, base: null, serializers }, pino.destination({ dest: 2, sync: true }))
}
