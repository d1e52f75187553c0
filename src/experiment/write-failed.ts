import { TroupeError } from '../contract/errors.ts'

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'make room on the disk',
  EDQUOT: 'make room in the quota',
  EFBIG: 'raise the limit for the size of files',
  EACCES: 'allow writing there',
  EPERM: 'allow writing there',
  EROFS: 'choose a folder that can be written',
  EMFILE: 'raise the limit of open files',
  EEXIST: 'give the path of a folder',
  ENOTDIR: 'give the path of a folder',
  EIO: 'look after the disk',
}

/** Whether the operating system refused something: not a mistake of the code that asked for it. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string'
}

/** The error of a run whose `file` could not be written. What is in its journal is kept, so it can go on. */
export function writeFailed(file: string, cause: unknown): TroupeError {
  const { code, message } = cause as NodeJS.ErrnoException
  const remedy = remedies[code ?? ''] ?? 'mend that'
  return new TroupeError('WRITE_FAILED', `Cannot write ${file}: ${message}; ${remedy}, then resume the run`, {
    cause,
    details: { file, ...(code !== undefined && { errno: code }) },
  })
}
