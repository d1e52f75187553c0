import { types } from 'node:util'

/**
 * How many bytes of buffers are found among the fields of `context` and of its `data`, views counted with all that they
 * look at, shared memory not at all. It looks no deeper: this is asked of every context, and must cost next to nothing
 * where there are none.
 */
export function bufferBytes(context: object): number {
  try {
    return bytesAmong(context, true)
  } catch {
    // A getter threw: cloning will report it in its own words.
    return 0
  }
}

function bytesAmong(fields: object, isContext: boolean): number {
  let bytes = 0
  for (const name in fields) {
    const value = (fields as Record<string, unknown>)[name]
    if (typeof value !== 'object' || value === null) continue
    // No buffer has this prototype, and asking for it is cheaper than any other question.
    if (Object.getPrototypeOf(value) !== Object.prototype) bytes += bytesOf(value)
    else if (isContext && name === 'data') bytes += bytesAmong(value, false)
  }
  return bytes
}

function bytesOf(value: object): number {
  if (ArrayBuffer.isView(value)) return types.isSharedArrayBuffer(value.buffer) ? 0 : value.buffer.byteLength
  return types.isArrayBuffer(value) ? value.byteLength : 0
}
