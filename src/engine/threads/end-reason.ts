import type { TamperedMessage } from '../../contract/messages.ts'

/** Why a lane ended, in words. */
export function reasonOf(
  drained: boolean,
  ranOutOfMemory: boolean,
  tampered: TamperedMessage | undefined,
  exitCode: number | undefined,
): string {
  if (drained) return 'drained'
  if (tampered) return tampered.why
  return ranOutOfMemory ? 'oom' : `exit code ${exitCode}`
}
