import { describe, expect, it } from 'vitest'
import { readJsonLines, type JsonLine } from '../../../src/cli/json-lines.ts'

async function read(chunks: Iterable<Uint8Array>, maxBytes?: number): Promise<JsonLine[]> {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield* chunks
  }
  const lines: JsonLine[] = []
  for await (const line of readJsonLines(bytes(), maxBytes)) lines.push(line)
  return lines
}

const text = '\uFEFF{"a":"é\u2028"}\r\n\n[oops\n{"b":2}'

describe('readJsonLines', () => {
  it('reads the same lines however the bytes are cut', async () => {
    const bytes = Buffer.from(text)
    const expected = [
      { line: 1, end: 18, value: { a: 'é\u2028' } },
      { line: 3, end: 25, problem: expect.stringMatching(/^is no JSON: /) as string },
      { line: 4, end: 32, value: { b: 2 } },
    ]
    for (let size = 1; size <= bytes.length; size += 1) {
      const chunks: Buffer[] = []
      for (let start = 0; start < bytes.length; start += size) chunks.push(bytes.subarray(start, start + size))
      expect(await read(chunks)).toEqual(expected)
    }
  })

  it('refuses a byte order mark that is not at the start', async () => {
    expect(await read([Buffer.from('1\n\uFEFF2\n')])).toMatchObject([
      { value: 1 },
      { line: 2, problem: expect.stringContaining('no JSON') as string },
    ])
  })

  it('makes a line beyond the limit a problem, without holding it', async () => {
    const block = Buffer.alloc(1_000, 0x31)
    function* chunks(): Generator<Buffer> {
      for (let index = 0; index < 200; index += 1) yield block
      yield Buffer.from('\n7\n')
    }
    expect(await read(chunks(), 1_500)).toMatchObject([
      { line: 1, problem: 'has 200000 bytes; the limit is 1500' },
      { line: 2, value: 7 },
    ])
  })

  it('holds no more than the limit of an endless line', { timeout: 30_000 }, async () => {
    const block = Buffer.alloc(4 * 1024 * 1024, 0x31)
    let peak = 0
    function* chunks(): Generator<Buffer> {
      for (let index = 0; index < 100; index += 1) {
        yield block
        peak = Math.max(peak, process.memoryUsage().arrayBuffers)
      }
    }
    const before = process.memoryUsage().arrayBuffers
    expect(await read(chunks())).toMatchObject([
      { line: 1, problem: expect.stringMatching(/the limit is 67108864/) as string },
    ])
    expect(peak - before).toBeLessThan(160 * 1024 * 1024)
  })
})
