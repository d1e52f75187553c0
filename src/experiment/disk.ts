import { type FileHandle, open, rename } from 'node:fs/promises'
import type { ReplacingFiles } from '../kernel/replace-file.ts'

/** The part of the file system that files of a run are written with. */
export type Disk = ReplacingFiles<DiskFile>

/** An open file, as far as writing needs it. */
export type DiskFile = Pick<FileHandle, 'sync' | 'datasync' | 'truncate' | 'close'> & {
  write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>
}

export const realDisk: Disk = { open, rename }

/** Writes all of `bytes` at `position`; a system may take them in parts. */
export async function writeWhole(file: DiskFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}
