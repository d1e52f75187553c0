import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { decodeHead, headBytes, journalCorrupt, magic } from './journal-format.ts'

/** A frame whose sums are right. */
export interface Frame {
  readonly offset: number
  readonly payload: Buffer
}

/** How a walk over the frames ended: behind the last whole one, and so many bytes before the end of the file. */
export interface Tail {
  readonly end: number
  readonly torn: number
}

/** Read at once; more only for a frame that is longer. */
const windowBytes = 262_144

/**
 * Walks over the whole frames of a journal, as many at a time as are read at once; payloads are valid until the next
 * step. A torn tail ends it.
 *
 * @throws {TroupeError} `JOURNAL_CORRUPT`
 */
export async function* journalFrames(file: string, handle: FileHandle): AsyncGenerator<readonly Frame[], Tail> {
  const { size } = await handle.stat()
  let window = Buffer.allocUnsafe(Math.min(windowBytes, size))
  const read = async (position: number): Promise<Buffer> => window.subarray(0, await fill(handle, window, position))

  const start = await read(0)
  const line = start.subarray(0, magic.length)
  if (!line.equals(magic)) throw wrongStart(file, line)
  let offset = magic.length
  for (;;) {
    const piece = await read(offset)
    const frames: Frame[] = []
    let at = 0
    let missing = headBytes
    while (piece.length - at >= headBytes) {
      const head = decodeHead(piece.subarray(at, at + headBytes))
      if (head === undefined) {
        if (await isZero(handle, offset + at)) return yield* last(frames, offset + at, size)
        throw journalCorrupt(file, offset + at, 'the head of a frame does not have its checksum')
      }
      missing = headBytes + head.length
      if (missing > piece.length - at) break
      const payload = piece.subarray(at + headBytes, at + missing)
      if (crc32(payload) !== head.sum) {
        throw journalCorrupt(file, offset + at, 'a frame does not have its checksum')
      }
      frames.push({ offset: offset + at, payload })
      at += missing
      missing = headBytes
    }
    offset += at
    // What is missing lies beyond the end of the file: it was never written.
    if (piece.length < window.length || offset + missing > size) return yield* last(frames, offset, size)
    if (frames.length > 0) yield frames
    if (missing > window.length) window = Buffer.allocUnsafe(missing)
  }
}

function* last(frames: readonly Frame[], end: number, size: number): Generator<readonly Frame[], Tail> {
  if (frames.length > 0) yield frames
  return { end, torn: Math.max(size - end, 0) }
}

/** Reads until `bytes` is full or the file ends; says how much it was. */
async function fill(handle: FileHandle, bytes: Buffer, position: number): Promise<number> {
  let done = 0
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return done
}

/** Whether nothing but zeros follows: after a power cut a file may be longer than what of it reached the disk. */
async function isZero(handle: FileHandle, offset: number): Promise<boolean> {
  const bytes = Buffer.alloc(windowBytes)
  for (let length = 0; (length = await fill(handle, bytes, offset)) > 0; offset += length) {
    if (bytes.subarray(0, length).some((byte) => byte !== 0)) return false
  }
  return true
}

function wrongStart(file: string, line: Buffer): Error {
  if (line.length === 0) return journalCorrupt(file, 0, 'the file is empty')
  const [, version] = /^troupe journal (\d+)\n?$/.exec(line.toString('latin1')) ?? []
  if (version === undefined) return journalCorrupt(file, 0, 'it does not begin as a journal does')
  return journalCorrupt(file, 0, `it has format ${version}, and this version of Troupe reads format 1`)
}
