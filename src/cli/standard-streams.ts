// Write errors arrive through the callbacks below. Without a listener, the same error would also be thrown as an
// uncaught exception when, say, `head` has read enough.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

/** Writes to stdout; resolves once the text has left the process, rejects where it cannot (`EPIPE`, `ENOSPC`). */
export function writeStdout(text: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => (error == null ? resolve() : reject(stdoutError(error))))
  }).catch((error: unknown) => {
    // A stdout that is a file writes synchronously and may throw instead of calling back.
    throw stdoutError(error as NodeJS.ErrnoException)
  })
}

/** Writes to stderr; never rejects, since there is nowhere left to say so. */
export function writeStderr(text: string): Promise<void> {
  return new Promise<void>((resolve) => {
    process.stderr.write(text, () => resolve())
  }).catch(() => {})
}

function stdoutError(error: NodeJS.ErrnoException): Error {
  if (error.message.startsWith('Cannot write to stdout')) return error
  const gone = error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED'
  const reason = gone ? 'its reader has closed it (EPIPE)' : error.message
  return Object.assign(new Error(`Cannot write to stdout: ${reason}`, { cause: error }), { code: error.code })
}
