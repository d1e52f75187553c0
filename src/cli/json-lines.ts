/** One line of a JSONL file that is not blank: its number from 1, and its value or why it has none. */
export type JsonLine = LinePlace & ({ readonly value: unknown } | { readonly problem: string })

/** Where a line stands. */
interface LinePlace {
  readonly line: number
  /** How many bytes of the file come up to its end. */
  readonly end: number
}

/** A longer line is no context but a file without line ends. */
const defaultMaxBytes = 64 * 1024 * 1024

const lineFeed = 0x0a

// Many files of Windows begin with a byte order mark; anywhere else it is a character like any other, and no JSON.
const firstDecoder = new TextDecoder('utf-8', { fatal: true })
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads JSONL, holding one line at a time. Lines end at `\n` alone (`node:readline` would also split at U+2028, which
 * JSON allows inside a string); `\r` before it, a byte order mark at the start and a last line without end are accepted.
 * A bad line is an item with a `problem`, and reading goes on.
 */
export async function* readJsonLines(
  bytes: AsyncIterable<Uint8Array>,
  maxBytes: number = defaultMaxBytes,
): AsyncGenerator<JsonLine, void, undefined> {
  let parts: Uint8Array[] = []
  let length = 0
  let line = 1
  let passed = 0
  for await (const chunk of bytes) {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      const rest = chunk.subarray(start, end)
      const parsed = parseLine({ line, end: passed + end + 1 }, parts, rest, length + rest.length, maxBytes)
      if (parsed !== undefined) yield parsed
      parts = []
      length = 0
      line += 1
      start = end + 1
    }
    length += chunk.length - start
    passed += chunk.length
    // Past the limit only the length is kept.
    if (length > maxBytes) parts = []
    else if (start < chunk.length) parts.push(Buffer.from(chunk.subarray(start)))
  }
  const last = parseLine({ line, end: passed }, parts, new Uint8Array(), length, maxBytes)
  if (last !== undefined) yield last
}

function parseLine(
  place: LinePlace,
  parts: readonly Uint8Array[],
  rest: Uint8Array,
  length: number,
  maxBytes: number,
): JsonLine | undefined {
  if (length > maxBytes) return { ...place, problem: `has ${length} bytes; the limit is ${maxBytes}` }
  let text
  try {
    const whole = parts.length === 0 ? rest : Buffer.concat([...parts, rest])
    text = (place.line === 1 ? firstDecoder : decoder).decode(whole)
  } catch {
    return { ...place, problem: 'is not UTF-8 text' }
  }
  if (text.trim() === '') return undefined
  try {
    return { ...place, value: JSON.parse(text) as unknown }
  } catch (error) {
    return { ...place, problem: `is no JSON: ${(error as Error).message}` }
  }
}
