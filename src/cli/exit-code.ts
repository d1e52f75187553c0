import { isTroupeError } from '../index.ts'

/** What a command's exit code says. */
export const exitCodes = { done: 0, refused: 1, failures: 2, SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/**
 * The exit code for an error that ended a command: whether a component's code had run decides. What cannot be written is
 * no failure of a component.
 */
export function exitCodeOf(error: unknown): number {
  if (!isTroupeError(error) || error.code === 'WRITE_FAILED') return exitCodes.refused
  return error.outcome === 'not_started' ? exitCodes.refused : exitCodes.failures
}
