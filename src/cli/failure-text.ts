import { inspect } from 'node:util'
import { isTroupeError, type ErrorCode, type ErrorOutcome, type TroupeError } from '../index.ts'

const outcomeMeanings: Record<ErrorOutcome, string> = {
  not_started: 'its code never ran',
  failed: 'its code ran and ended',
  unknown: 'it was cut off and may have had effects',
}

/** What to do, where more can be said than the message says. */
const advice: Partial<Record<ErrorCode, string>> = {
  CONFIG_NOT_FOUND: 'name the file with --config FILE, or run this in its folder',
  CONFIG_INVALID: 'correct the places above, then try again',
  COMPONENT_PATH_FORBIDDEN: 'a module lies below the folder of the configuration, as ./path/to/file.ts',
  COMPONENT_LOAD_FAILED: '"troupe check" loads every component and reports on each',
  COMPONENT_FAILED: 'run it with --inline --inspect to step through it in a debugger',
  RESULT_NOT_SERIALIZABLE:
    'return plain objects, arrays, finite numbers, strings, booleans, null, dates or typed arrays',
  TIMEOUT: 'give it longer with --timeout-ms or timeout_ms, or find out why it takes so long with --inline --inspect',
  WORKER_CRASHED: 'its thread ended while it ran; the log above may say why',
  RUN_EXISTS: 'go on with it by --resume, or name another folder with --out',
  RUN_LOCKED: 'wait until the other process has ended; the lock of one that has died is taken over',
  INPUT_CHANGED: 'begin another run in another folder, or go on all the same with --resume --force',
  WRITE_FAILED: 'make room or give access, then go on with --resume',
  UNAUTHENTICATED: 'pass "authorization" in --context',
}

/** An error as people read it on a terminal: what, where, how far it had come, what to do. */
export function failureText(error: unknown): string {
  if (isTroupeError(error)) return troupeErrorText(error)
  if (!(error instanceof Error)) return `troupe: ${inspect(error)}\n`
  // A plain error was made for people, here or by the system; any other kind is a fault of this program.
  const isPlain = error.name === 'Error' && (error.constructor === Error || 'syscall' in error)
  return `troupe: ${isPlain ? error.message : (error.stack ?? error.message)}\n`
}

function troupeErrorText(error: TroupeError): string {
  const request = error.requestId === undefined ? '' : ` (request ${error.requestId})`
  const hint = advice[error.code]
  const lines = [`troupe: ${error.code}: ${error.message}`]
  if (error.serviceId !== undefined) {
    lines.push(`  service     ${error.serviceId}${request}`)
    lines.push(`  outcome     ${error.outcome}: ${outcomeMeanings[error.outcome]}`)
  }
  if (error.cause instanceof Error) lines.push(`  cause       ${causeText(error, 14)}`)
  if (hint !== undefined) lines.push(`  what to do  ${hint}`)
  return `${lines.join('\n')}\n`
}

/** Codes whose cause was thrown by code of the user's own, so that its stack says where to look. */
const codesWithStack: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'COMPONENT_FAILED',
  'COMPONENT_LOAD_FAILED',
  'MIDDLEWARE_ERROR',
  'WORKER_CRASHED',
])

const ownFrames = new URL('..', import.meta.url).href

/** The cause of an error; lines after the first are indented. Frames of this runtime and of node are left out. */
export function causeText({ code, cause }: TroupeError, indent: number): string {
  if (!codesWithStack.has(code)) return String(cause)
  const lines = inspect(cause, { depth: 4 }).split('\n')
  const isOwn = (line: string) => /^\s+at /.test(line) && (line.includes(ownFrames) || line.includes('(node:internal/'))
  return lines.filter((line) => !isOwn(line)).join(`\n${' '.repeat(indent)}`)
}
