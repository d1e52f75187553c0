import { TroupeError, isTroupeError } from '../contract/errors.ts'

/**
 * What `promise` comes to, unless `signal` aborts first: then nobody waits for it any more.
 *
 * @throws {TroupeError} The signal's reason where it is one, else `CANCELLED` with the reason as its cause.
 */
export async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (!signal) return await promise
  let giveUp = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(refusalOf(signal.reason))
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp)
  })
  try {
    return await Promise.race([aborted, promise])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

function refusalOf(reason: unknown): TroupeError {
  if (isTroupeError(reason)) return reason
  return new TroupeError('CANCELLED', 'The start was cancelled by its signal', { cause: reason })
}
