import { isTroupeError } from '../index.ts'

/** What a command's exit code says. */
export const exitCodes = { done: 0, refused: 1, failures: 2, SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** The exit code for an error that ended a command: whether a component's code had run decides. */
export function exitCodeOf(error: unknown): number {
  return isTroupeError(error) && error.outcome !== 'not_started' ? exitCodes.failures : exitCodes.refused
}
