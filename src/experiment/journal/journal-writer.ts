import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomically } from '../atomic-file.ts'
import { type Disk, type DiskFile, writeWhole } from '../disk.ts'
import { plannedDisk } from '../faulty-disk.ts'
import { isSystemError, writeFailed } from '../write-failed.ts'
import type { JournalEntry, JournalHeader } from './journal-entry.ts'
import { encodeFrame, journalCorrupt, journalName, magic } from './journal-format.ts'
import { SyncGroup } from './sync-group.ts'

/** A sync begins this long after the first entry that it is for, so that many share one. */
const gatherMs = 100

/**
 * Appends entries to a journal. They are written at once, in their order, but for the time a sync takes, and synced in
 * groups. After the first failure nothing is written any more, and what is not known to be safe is cut off.
 *
 * A caller that computes faster than the disk writes bounds its memory by awaiting the last `append` whenever
 * `bytesPending` is more than it wants to keep.
 */
export class JournalWriter {
  readonly #path: string
  readonly #file: DiskFile
  /** Where the next frame is written, and where what is known to be on the disk ends. */
  #position: number
  #safe: number
  /** Frames that wait for being written. */
  #frames: Buffer[] = []
  /** Whose entries no sync has begun for, and the one that is being synced. */
  #gathering: SyncGroup | undefined
  #syncing: SyncGroup | undefined
  #timer: NodeJS.Timeout | undefined
  #isDue = false
  #isWorking = false
  #work: Promise<void> = Promise.resolve()
  #failure: unknown
  #closing: Promise<void> | undefined

  private constructor(path: string, file: DiskFile, at: number) {
    this.#path = path
    this.#file = file
    this.#position = at
    this.#safe = at
  }

  /**
   * Begins a journal; there is none, or one with its header.
   *
   * @throws {TroupeError} `WRITE_FAILED`
   */
  static async create(
    folder: string,
    header: JournalHeader,
    disk: Disk = plannedDisk('journal'),
  ): Promise<JournalWriter> {
    return await JournalWriter.rewrite(folder, header, [], disk)
  }

  /**
   * Begins a journal that has entries already, in place of one that was there.
   *
   * @throws {TroupeError} `WRITE_FAILED`
   */
  static async rewrite(
    folder: string,
    header: JournalHeader,
    entries: Iterable<JournalEntry> | AsyncIterable<JournalEntry>,
    disk: Disk = plannedDisk('journal'),
  ): Promise<JournalWriter> {
    let end = 0
    await writeAtomically(
      join(folder, journalName),
      async (file) => {
        const write = async (bytes: Buffer) => {
          end += bytes.length
          await file.write(bytes)
        }
        await write(Buffer.concat([magic, encodeFrame(header)]))
        for await (const entry of entries) await write(encodeFrame(entry))
      },
      disk,
    )
    return await JournalWriter.resume(folder, end, disk)
  }

  /**
   * Goes on behind the last whole entry, which ends at `at`; what is there beyond it is dropped.
   *
   * @throws {TroupeError} `WRITE_FAILED`
   */
  static async resume(folder: string, at: number, disk: Disk = plannedDisk('journal')): Promise<JournalWriter> {
    const path = join(folder, journalName)
    try {
      const { size } = await stat(path)
      // Made longer, it would be filled with zeros.
      if (size < at) throw journalCorrupt(path, size, `the file ends there, and was ${at} bytes long`)
      const file = await disk.open(path, 'r+')
      if (size > at) await cutOff(file, at)
      return new JournalWriter(path, file, at)
    } catch (error) {
      throw isSystemError(error) ? writeFailed(path, error) : error
    }
  }

  /** Bytes that were appended and are not known to be on the disk. */
  get bytesPending(): number {
    return (this.#gathering?.bytes ?? 0) + (this.#syncing?.bytes ?? 0)
  }

  /**
   * Resolves once the entry is on the disk; rejects with `WRITE_FAILED` where it may not be. The entry may be changed
   * as soon as this has returned. A rejection that nobody hears is told again by the next `append` and by `close`.
   */
  append(entry: JournalEntry): Promise<void> {
    if (this.#closing) return Promise.reject(new Error(`Journal ${this.#path} is closed`))
    if (this.#failure !== undefined) return Promise.reject(this.#failure as Error)
    let frame: Buffer
    try {
      frame = encodeFrame(entry)
    } catch (error) {
      return Promise.reject(error as Error)
    }
    this.#frames.push(frame)
    this.#gathering ??= this.#gather()
    this.#gathering.bytes += frame.length
    this.#goOn()
    return this.#gathering.safe
  }

  /** Ends once all that was appended is on the disk, which is begun at once. Rejects if any of it may not be. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    if (this.#gathering) this.#isDue = true
    this.#goOn()
    await this.#work
    try {
      await this.#file.close()
    } catch (error) {
      this.#failure ??= writeFailed(this.#path, error)
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  #gather(): SyncGroup {
    this.#timer = setTimeout(() => {
      this.#isDue = true
      this.#goOn()
    }, gatherMs)
    return new SyncGroup()
  }

  #goOn(): void {
    if (this.#isWorking || this.#failure !== undefined) return
    this.#isWorking = true
    this.#work = this.#writeAndSync()
  }

  async #writeAndSync(): Promise<void> {
    try {
      while (this.#frames.length > 0 || this.#isDue) {
        const frames = this.#frames
        this.#frames = []
        // The frames of all its entries were written, or are now.
        if (this.#isDue) this.#beginGroup()
        await this.#write(frames)
        if (this.#syncing) await this.#sync(this.#syncing)
      }
    } catch (error) {
      await this.#fail(error)
    }
    // In the turn in which the loop has ended: who appends from now on begins it anew.
    this.#isWorking = false
  }

  #beginGroup(): void {
    clearTimeout(this.#timer)
    this.#isDue = false
    this.#syncing = this.#gathering
    this.#gathering = undefined
  }

  async #write(frames: readonly Buffer[]): Promise<void> {
    if (frames.length === 0) return
    const bytes = Buffer.concat(frames)
    await writeWhole(this.#file, bytes, this.#position)
    this.#position += bytes.length
  }

  async #sync(group: SyncGroup): Promise<void> {
    await this.#file.datasync()
    this.#safe = this.#position
    this.#syncing = undefined
    group.settle()
  }

  async #fail(error: unknown): Promise<void> {
    clearTimeout(this.#timer)
    this.#failure = isSystemError(error) ? writeFailed(this.#path, error) : error
    this.#frames = []
    // Also what was written whole: after a failed sync it may be in memory alone, and yet be read as if it were safe.
    // Where this fails as well, a frame that is half there is dropped when the run goes on.
    await cutOff(this.#file, this.#safe).catch(() => {})
    for (const group of [this.#syncing, this.#gathering]) group?.settle(this.#failure)
    this.#syncing = undefined
    this.#gathering = undefined
  }
}

/** Synced, so that nothing of what is cut off can ever follow what is written in its place. */
async function cutOff(file: DiskFile, at: number): Promise<void> {
  await file.truncate(at)
  await file.datasync()
}
