import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TextRing, TextRingReader } from '../../../../src/kernel/rows/text-ring.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('', '\ud800', 'a\udc00', '漢字', '\u2028'),
  fc.integer({ min: 20, max: 1200 }).map((length) => 'xyzé'.repeat(400).slice(0, length)),
  fc.integer({ min: 250, max: 260 }).map((length) => 'xyzé'.repeat(80).slice(0, length)),
)
/** The units that a text takes: itself and its length, which takes two from 253 on. */
const unitsOf = ({ length }: string) => length + (length < 253 ? 1 : 2)
const step = fc.oneof(
  { weight: 5, arbitrary: text.map((put) => ({ put })) },
  { weight: 4, arbitrary: fc.constant({ take: 1 }) },
  { weight: 1, arbitrary: fc.constant({ take: 10 }) },
  { weight: 2, arbitrary: fc.constant('release' as const) },
  { weight: 1, arbitrary: text.map((undo) => ({ undo })) },
)

describe('TextRing', () => {
  it('gives every text back in order, whatever the place and the counters', () => {
    const starts = fc.constantFrom(0, 2 ** 31 - 40, 2 ** 32 - 30, -5, 12_345)
    const sizes = fc.constantFrom(4, 16, 64, 1024, 4096)
    fc.assert(
      fc.property(starts, sizes, fc.array(step, { maxLength: 120 }), (start, size, steps) => {
        const units = new Uint16Array(new SharedArrayBuffer(size * 2))
        const ring = new TextRing(units, start)
        const reader = new TextRingReader(units, start)
        const waiting: string[] = []
        // What is taken is not yet free: the writer is told by `release`.
        let used = 0
        let taken = 0
        for (const next of steps) {
          if (next === 'release') {
            ring.release(reader.consumed)
            used -= taken
            taken = 0
          } else if ('put' in next) {
            const fits = next.put.length <= Math.min(1024, size / 2 - 1) && used + unitsOf(next.put) <= size
            expect(ring.put(0, next.put)).toBe(fits)
            if (!fits) continue
            used += unitsOf(next.put)
            waiting.push(next.put)
          } else if ('undo' in next) {
            const mark = ring.mark()
            ring.put(0, next.undo)
            ring.reset(mark)
          } else {
            reader.extend(ring.written)
            for (let count = 0; count < next.take && waiting.length > 0; count++) {
              const expected = waiting.shift()!
              expect(reader.take(0)).toBe(expected)
              taken += unitsOf(expected)
            }
          }
        }
        reader.extend(ring.written)
        for (const expected of waiting) expect(reader.take(0)).toBe(expected)
        expect(reader.consumed).toBe(ring.written)
      }),
      { seed: 5, numRuns: 2000 },
    )
  })

  it('gives back texts that end anywhere near the end of what is decoded at once', () => {
    const units = new Uint16Array(new SharedArrayBuffer(8192))
    for (let length = 990; length <= 1024; length++) {
      const ring = new TextRing(units)
      const reader = new TextRingReader(units)
      const texts = ['x'.repeat(length), 'one', '', 'z'.repeat(254), 'three', 'y'.repeat(1024), 'end']
      for (const put of texts) expect(ring.put(0, put)).toBe(true)
      reader.extend(ring.written)
      expect(texts.map(() => reader.take(0))).toEqual(texts)
    }
  })

  it('puts a text that is known as one unit, whatever it is and however often it changes', () => {
    const units = new Uint16Array(new SharedArrayBuffer(64))
    const ring = new TextRing(units)
    const reader = new TextRingReader(units)
    for (const known of ['request-1', 'request-2', '', '订单\n', 'request-1']) {
      for (const column of [0, 1]) expect(ring.put(column, known, known)).toBe(true)
      reader.extend(ring.written)
      for (const column of [0, 1]) expect(reader.take(column, known)).toBe(known)
    }
    expect(ring.written).toBe(10)
    ring.put(0, 'known', 'known')
    reader.extend(ring.written)
    expect(() => reader.take(0)).toThrow(RangeError)
  })

  it('returns copies: what is written later changes no text that was taken', () => {
    const units = new Uint16Array(new SharedArrayBuffer(128))
    const ring = new TextRing(units)
    const reader = new TextRingReader(units)
    ring.put(0, 'a text of some length')
    reader.extend(ring.written)
    const taken = reader.take(0)
    units.fill(0x58)
    expect(taken).toBe('a text of some length')
  })

  it('counts on past 32 bits', () => {
    const units = new Uint16Array(new SharedArrayBuffer(2048))
    const start = 2 ** 32 - 1000
    const ring = new TextRing(units, start)
    const reader = new TextRingReader(units, start)
    for (let index = 0; index < 500; index++) {
      expect(ring.put(0, `number ${index}`)).toBe(true)
      reader.extend(ring.written)
      expect(reader.take(0)).toBe(`number ${index}`)
      ring.release(reader.consumed)
    }
    expect(ring.written).toBeGreaterThan(0)
    expect(ring.written).toBeLessThan(6000)
  })

  it.each([0, 2, 3, 48, 1000])('refuses a ring of %i units', (size) => {
    expect(() => new TextRing(new Uint16Array(size))).toThrow(RangeError)
  })
})
