import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type ReplacingFiles, replaceFile } from '../kernel/replace-file.ts'
import { isSystemError, writeFailed } from './write-failed.ts'

/** A file that is being written. Await each piece before the next: memory then stays flat. */
export interface AtomicFile {
  write(piece: string | Uint8Array): Promise<void>
}

/** The part of the file system that files of a run are written with. */
export type Disk = ReplacingFiles<DiskFile>

/** An open file, as far as writing needs it. */
export type DiskFile = Pick<FileHandle, 'sync' | 'datasync' | 'truncate' | 'close'> & {
  write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>
}

/** Text is handed to the system in pieces of this many characters. */
const pieceLength = 65_536

const disk: Disk = { open, rename }

/**
 * Writes a whole file or none: what was at `path` stays there until all of the new one is on the disk.
 *
 * @param write Its errors are passed on, and leave what was there.
 * @throws {TroupeError} `WRITE_FAILED`; then there is what was there before, or, if only the folder could not be
 *   synced any more, the new file.
 */
export async function writeAtomically(path: string, write: (file: AtomicFile) => Promise<void>): Promise<void> {
  const temporary = `${path}.partial`
  try {
    await replaceFile(disk, dirname(resolve(path)), path, { temporary }, async (opened) => {
      const file = new GatheringFile(opened)
      await write(file)
      await file.flush()
    })
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw isSystemError(error) ? writeFailed(path, error) : error
  }
}

/** Writes all of `bytes` at `position`; a system may take them in parts. */
export async function writeWhole(file: DiskFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}

/** Gathers text into larger pieces. */
class GatheringFile implements AtomicFile {
  readonly #file: DiskFile
  #text = ''
  #position = 0

  constructor(file: DiskFile) {
    this.#file = file
  }

  async write(piece: string | Uint8Array): Promise<void> {
    if (typeof piece === 'string') {
      this.#text += piece
      if (this.#text.length >= pieceLength) await this.flush()
    } else {
      await this.flush()
      await this.#put(piece)
    }
  }

  async flush(): Promise<void> {
    const text = this.#text
    this.#text = ''
    if (text !== '') await this.#put(Buffer.from(text))
  }

  #put(bytes: Uint8Array): Promise<void> {
    const position = this.#position
    this.#position += bytes.length
    return writeWhole(this.#file, bytes, position)
  }
}
