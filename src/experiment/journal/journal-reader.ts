import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError } from '../write-failed.ts'
import type { JournalEntry, JournalHeader } from './journal-entry.ts'
import { decodePayload, journalCorrupt, journalName, journalUnreadable } from './journal-format.ts'
import { type Frame, journalFrames } from './journal-frames.ts'

/** A journal that was found whole, but for a torn tail. */
export interface Journal {
  readonly header: JournalHeader
  /** The offset behind the last whole entry: where writing goes on. */
  readonly end: number
  readonly warnings: readonly string[]
  /**
   * The entries from the first one on, those included that were written since; may be called again.
   *
   * @throws {TroupeError} `JOURNAL_CORRUPT`
   */
  entries(): AsyncGenerator<JournalEntry, void>
}

/**
 * Opens the journal of a folder and tests all of it, in memory that does not grow with it. The file is not touched.
 *
 * @throws {TroupeError} `JOURNAL_CORRUPT`
 */
export async function openJournal(folder: string): Promise<Journal | undefined> {
  const file = join(folder, journalName)
  const found = await orUnreadable(file, stat(file).catch(undefinedIfAbsent))
  if (found === undefined) return undefined
  // Opening a pipe would wait for whoever writes to it.
  if (!found.isFile()) throw journalUnreadable(file, 0, 'it is no file')
  return orUnreadable(file, test(file))
}

async function test(file: string): Promise<Journal> {
  const handle = await open(file)
  try {
    const frames = journalFrames(file, handle)
    let header: JournalHeader | undefined
    for (;;) {
      const { done, value } = await frames.next()
      if (!done) {
        header ??= readHeader(file, value[0]!)
        continue
      }
      const { end, torn } = value
      // It gets its name only once its header is in it.
      if (header === undefined) throw journalCorrupt(file, end, 'it has no whole header')
      const warnings = torn > 0 ? [tornTail(file, end, torn)] : []
      const whole = header
      return { header, end, warnings, entries: () => readEntries(file, end, whole) }
    }
  } finally {
    await handle.close()
  }
}

async function* readEntries(file: string, end: number, header: JournalHeader): AsyncGenerator<JournalEntry, void> {
  const handle = await orUnreadable(file, open(file))
  try {
    const frames = journalFrames(file, handle)
    let isFirst = true
    for (;;) {
      const { done, value } = await orUnreadable(file, frames.next())
      if (done) {
        if (value.end < end) throw journalCorrupt(file, value.end, `the file ends there, and was ${end} bytes long`)
        return
      }
      for (const frame of value) {
        if (!isFirst) yield readEntry(file, frame, header)
        isFirst = false
      }
    }
  } finally {
    await handle.close()
  }
}

function readHeader(file: string, frame: Frame): JournalHeader {
  const header = decode(file, frame, 'resume the run with the version of Node that began it') as Partial<JournalHeader>
  const { digest, name, plan, files, environment } = header ?? {}
  const isWhole =
    typeof digest === 'string' &&
    typeof name === 'string' &&
    [plan, files, environment].every((part) => typeof part === 'object' && part !== null)
  if (!isWhole) throw journalCorrupt(file, frame.offset, 'its first frame is no header')
  return header as JournalHeader
}

function readEntry(file: string, frame: Frame, header: JournalHeader): JournalEntry {
  const remedy = `resume the run with the newest version of Node that took part in it; it began with ${header.environment.node}`
  const entry = decode(file, frame, remedy) as Partial<JournalEntry> | null
  const type: unknown = entry?.type
  if (type !== 'block' && type !== 'aside' && type !== 'end') {
    throw journalCorrupt(file, frame.offset, `there is an entry of type ${JSON.stringify(type)}, which is unknown`)
  }
  return entry as JournalEntry
}

function decode(file: string, { offset, payload }: Frame, remedy: string): unknown {
  try {
    return decodePayload(payload)
  } catch (error) {
    throw journalUnreadable(file, offset, `${(error as Error).message}; ${remedy}`, (error as Error).cause)
  }
}

function tornTail(file: string, end: number, torn: number): string {
  return `Journal ${file} ends in the middle of an entry, which was being written as its process ended: ${torn} bytes from byte ${end} on are dropped`
}

/** The system's refusals, as errors of the journal. */
async function orUnreadable<Value>(file: string, reading: Promise<Value>): Promise<Value> {
  try {
    return await reading
  } catch (error) {
    throw isSystemError(error) ? journalUnreadable(file, 0, error.message, error) : error
  }
}

function undefinedIfAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
