import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'
import { TroupeError } from '../../contract/errors.ts'
import type { JournalEntry, JournalHeader } from './journal-entry.ts'

// A journal is a line that says what it is, and then frames: the length of a payload, the payload's CRC-32, the CRC-32
// of these two, each a little-endian u32; and the payload, a value as V8 serialises it (which keeps -0, NaN and typed
// arrays). The first frame is the header, each one after it an entry.
//
// A process that is killed as it writes leaves a frame that ends with the file. So would a damaged length that is too
// great, were it not for the second sum: a length counts only where that is right, and what such a length leads beyond
// the end of the file was never written whole.

export const journalName = 'journal'
export const magic = Buffer.from('troupe journal 1\n')
export const headBytes = 12
const greatestLength = 0xffffffff

/** The first of a frame's parts. */
export interface FrameHead {
  readonly length: number
  readonly sum: number
}

/** @throws {TypeError} The value is more than plain data. */
export function encodeFrame(value: JournalHeader | JournalEntry): Buffer {
  const payload = serialize(value)
  if (payload.length > greatestLength)
    throw new RangeError(`A frame of ${payload.length} bytes is more than it may have`)
  const head = Buffer.alloc(headBytes)
  head.writeUInt32LE(payload.length, 0)
  head.writeUInt32LE(crc32(payload), 4)
  head.writeUInt32LE(crc32(head.subarray(0, 8)), 8)
  return Buffer.concat([head, payload])
}

/** `undefined` where it is damaged. */
export function decodeHead(bytes: Buffer): FrameHead | undefined {
  if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32LE(8)) return undefined
  return { length: bytes.readUInt32LE(0), sum: bytes.readUInt32LE(4) }
}

/**
 * What a payload holds, whose sum is right.
 *
 * @throws {Error} This Node cannot read it.
 */
export function decodePayload(payload: Buffer): unknown {
  try {
    // In memory of its own: typed arrays are views of it, and must not keep alive what was read along with them.
    return deserialize(Buffer.from(new Uint8Array(payload).buffer))
  } catch (error) {
    const [, written] = payload
    const [, own] = serialize(null)
    const why = `it is in V8's format ${written}, and Node ${process.version} reads formats up to ${own}`
    throw new Error(why, { cause: error })
  }
}

/** The error of a journal that is not what was written. */
export function journalCorrupt(file: string, offset: number, what: string, cause?: unknown): TroupeError {
  const remedy = 'restore it from a copy, or begin anew in another folder'
  return new TroupeError('JOURNAL_CORRUPT', `Journal ${file} is damaged at byte ${offset}: ${what}; ${remedy}`, {
    details: { file, offset },
    ...(cause !== undefined && { cause }),
  })
}

/** The error of a journal that another version of Node wrote, or another one of Troupe. */
export function journalUnreadable(file: string, offset: number, what: string, cause?: unknown): TroupeError {
  return new TroupeError('JOURNAL_CORRUPT', `Journal ${file} cannot be read at byte ${offset}: ${what}`, {
    details: { file, offset },
    ...(cause !== undefined && { cause }),
  })
}
